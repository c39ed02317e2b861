package import FleetModel
package import Resources

/// What the source keeps of its write-ahead log for a migration's slot, at one moment. All sizes are bytes.
package struct RetainedLog: Codable, Sendable, Equatable {
    /// From the oldest place that the slot needs to the end of the log.
    package var bytes: Int
    /// What may still be written before the source gives the slot up; nil without `max_slot_wal_keep_size`.
    package var safeBytes: Int?
    /// `pg_replication_slots.wal_status`: reserved, extended, unreserved or lost; nil before PostgreSQL 13.
    package var status: String?
    /// Why the source gave the slot up, where it says so (17 and later).
    package var reason: String?
    /// The place up to which the target has confirmed to have everything.
    package var confirmed: String?
    /// Whether somebody reads from the slot.
    package var isActive: Bool
    /// Free room and size of the disk with the log; nil for a source on another host.
    package var freeBytes: Int?
    package var diskBytes: Int?

    package init(
        bytes: Int,
        safeBytes: Int? = nil,
        status: String? = nil,
        reason: String? = nil,
        confirmed: String? = nil,
        isActive: Bool = true,
        freeBytes: Int? = nil,
        diskBytes: Int? = nil
    ) {
        self.bytes = bytes
        self.safeBytes = safeBytes
        self.status = status
        self.reason = reason
        self.confirmed = confirmed
        self.isActive = isActive
        self.freeBytes = freeBytes
        self.diskBytes = diskBytes
    }

    /// Whether the target takes in what the log keeps, compared with an earlier look; without one, whether it reads.
    package func isShrinking(since before: RetainedLog?) -> Bool {
        guard isActive else { return false }
        guard let before else { return true }
        return before.confirmed != confirmed
    }
}

/// How close a source's disk is to being hurt by a migration's slot.
package enum LogVerdict: Sendable, Equatable {
    case fine
    /// It goes on, and somebody should look.
    case alarm(String)
    /// The limit is reached.
    case limit(String)
    /// What the slot needs is gone: nothing can be followed from it any more.
    case lost(String)

    package var text: String? {
        switch self {
        case .fine: nil
        case .alarm(let text), .limit(let text), .lost(let text): text
        }
    }
}

/// The limits that a migration keeps to on its source's disk; [docs/migrations.md](../../../docs/migrations.md) tells them.
package struct LogLimits: Sendable, Equatable {
    /// Without a word in the document: this much, or a tenth of the database where that is more.
    package static let usual = ByteCount.mebibytes(10 << 10)

    /// Whose log it is: the source's, or for the way back the target's.
    package enum Keeper: String, Sendable {
        case source
        case target

        var other: Keeper { self == .source ? .target : .source }
    }

    /// How much of the log may be kept, in bytes.
    package let bytes: Int
    private let keeper: Keeper

    /// - Parameters:
    ///   - policy: What the document says.
    ///   - databaseBytes: The size of the keeper's database.
    package init(_ policy: SourceGuard, databaseBytes: Int, of keeper: Keeper = .source) {
        self.keeper = keeper
        bytes = policy.retainedWAL?.bytes ?? max(Self.usual.bytes, databaseBytes / 10)
    }

    /// An alarm comes at half of the limit, or when less than a tenth of the disk is free; the limit is also reached when
    /// less than a twentieth is free.
    package func verdict(_ log: RetainedLog) -> LogVerdict {
        let end = "the \(keeper.rawValue)"
        let purpose = keeper == .source ? "this migration" : "the way back"
        let kept = "\(end) keeps \(size(log.bytes)) of its write-ahead log for \(purpose)"
        if log.status == "lost" || log.reason.map({ !$0.isEmpty }) ?? false {
            let reason = log.reason.map { " (\($0))" } ?? ""
            return .lost(
                "\(end) has given up the replication slot\(reason): what the \(keeper.other.rawValue) still needs is gone"
            )
        }
        if log.bytes >= bytes { return .limit("\(kept), and the limit is \(size(bytes))") }
        if let free = log.freeBytes, let disk = log.diskBytes {
            let room = "the disk with \(end)'s log has \(size(free)) of \(size(disk)) left"
            // A disk that others fill is nothing that this migration could mend.
            let isOurs = log.bytes > free / 10
            if free < disk / 20, isOurs { return .limit("\(room), and \(kept)") }
            if free < disk / 10, isOurs { return .alarm("\(room), and \(kept)") }
        }
        if log.status == "unreserved" {
            return .alarm("\(end) is about to give up the replication slot (wal_status: unreserved); \(kept)")
        }
        if let safe = log.safeBytes, safe < (log.bytes + max(safe, 0)) / 4 {
            return .alarm("\(size(max(safe, 0))) more, and \(end) gives up the replication slot; \(kept)")
        }
        if log.bytes >= bytes / 2 { return .alarm("\(kept); the limit is \(size(bytes))") }
        return .fine
    }

    private func size(_ bytes: Int) -> String { ByteCount(bytes: bytes).rounded }
}
