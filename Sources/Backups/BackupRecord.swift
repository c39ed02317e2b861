#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `backup.json`: what a base backup says of itself, written when it is complete.
///
/// Times are seconds since 1970-01-01T00:00:00Z.
package struct BackupRecord: Codable, Hashable, Sendable, Identifiable {
    /// The result of the last check against the server's own manifest.
    package struct Verification: Codable, Hashable, Sendable {
        package var time: Int
        /// What is wrong with it; nil when nothing is.
        package var problem: String?

        package init(time: Int, problem: String? = nil) {
            self.time = time
            self.problem = problem
        }
    }

    package var formatVersion = "1"
    /// When it was begun, in UTC: `20261122T030000Z`; also the name of its folder.
    package var id: String
    package var major: Int
    /// `UTF8` or `LATIN1`
    package var charset: String
    package var started: Int
    /// The earliest moment that it can be restored to.
    package var ended: Int
    package var timeline: UInt32
    /// Where replaying begins, and where the data is consistent: `0/3000060`.
    package var start: String
    package var end: String
    /// Transactions that were not over when it had ended, as `pg_current_snapshot()` shows them: `730:732:730`.
    package var snapshot: String
    /// How large the data is that comes out of it.
    package var dataBytes: Int
    /// How large it is on disk.
    package var bytes: Int
    /// `gzip` or `zstd`
    package var compression: String
    package var verification: Verification?

    package init(
        id: String,
        major: Int,
        charset: String,
        started: Int,
        ended: Int,
        timeline: UInt32,
        start: String,
        end: String,
        snapshot: String,
        dataBytes: Int,
        bytes: Int,
        compression: String
    ) {
        self.id = id
        self.major = major
        self.charset = charset
        self.started = started
        self.ended = ended
        self.timeline = timeline
        self.start = start
        self.end = end
        self.snapshot = snapshot
        self.dataBytes = dataBytes
        self.bytes = bytes
        self.compression = compression
    }

    package var isDamaged: Bool { verification?.problem != nil }
}

extension BackupRecord {
    /// The first file of the log that replaying needs; it is in the backup itself, too.
    package var firstSegment: LogSegment? { LogSegment(timeline: timeline, position: start) }

    /// The last file of the log that is in the backup itself.
    package var lastSegment: LogSegment? { LogSegment(timeline: timeline, position: end) }

    /// Whether a transaction was not over when the backup had ended, so that replaying can stop at it.
    ///
    /// The form is `xmin:xmax:list` (PostgreSQL manual, section 9.27.7): all below xmin are over, none from xmax on is,
    /// and of those between, the ones in the list are not.
    package func precedes(transaction: UInt64) -> Bool {
        let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let least = UInt64(parts[0]), let next = UInt64(parts[1]) else { return false }
        if transaction >= next { return true }
        return transaction >= least && parts[2].split(separator: ",").contains { UInt64($0) == transaction }
    }
}

extension BackupRecord {
    /// Reads `backup.json`; nil when it is none, or of a format that is not known.
    package init?(_ text: String) {
        guard let record = try? JSONDecoder().decode(BackupRecord.self, from: Data(text.utf8)),
            record.formatVersion == "1"
        else { return nil }
        self = record
    }
}
