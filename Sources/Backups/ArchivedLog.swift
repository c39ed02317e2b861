package import FleetModel

/// The files of a write-ahead log that are kept, and how its timelines hang together.
package struct ArchivedLog: Hashable, Sendable {
    /// A file as it is kept.
    package struct File: Hashable, Sendable {
        /// On disk, compressed.
        package var bytes: Int
        /// When it was archived: everything that was committed before it was ended is in it or in an earlier file.
        package var archived: Int

        package init(bytes: Int, archived: Int) {
            self.bytes = bytes
            self.archived = archived
        }
    }

    /// Where a timeline left another one.
    package struct Origin: Hashable, Sendable {
        package var timeline: UInt32
        package var position: LogPosition

        package init(timeline: UInt32, position: LogPosition) {
            self.timeline = timeline
            self.position = position
        }

        /// Reads a timeline's history file, whose last line says where it left its parent; nil when there is none.
        package init?(history text: String) {
            let lines = text.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }
            guard let columns = lines.last(where: { !$0.isEmpty && $0.first != "#" })?.split(separator: "\t"),
                columns.count >= 2, let timeline = UInt32(columns[0]), let position = LogPosition(String(columns[1]))
            else { return nil }
            self.init(timeline: timeline, position: position)
        }
    }

    /// One file that replaying reads in its turn.
    package struct Piece: Hashable, Sendable {
        package var segment: LogSegment
        /// Nil when it is missing.
        package var file: File?
    }

    package var files: [LogSegment: File]
    package var origins: [UInt32: Origin]

    package init(files: [LogSegment: File] = [:], origins: [UInt32: Origin] = [:]) {
        self.files = files
        self.origins = origins
    }

    package var bytes: Int { files.values.reduce(0) { $0 + $1.bytes } }

    /// When the last file came; nil while there is none.
    package var lastArchived: Int? { files.values.map(\.archived).max() }

    /// Returns the timelines that lead to one, itself first, each with the first file that is read of it.
    ///
    /// At a switch, the file is read of the newer timeline: it begins with what it shares with the older one.
    private func ancestry(of timeline: UInt32) -> [(timeline: UInt32, first: UInt64)] {
        var result: [(timeline: UInt32, first: UInt64)] = []
        var next: UInt32? = timeline
        while let current = next, !result.contains(where: { $0.timeline == current }) {
            let origin = origins[current]
            result.append((current, origin.map { $0.position.bytes / UInt64(LogSegment.size) } ?? 0))
            next = origin?.timeline
        }
        return result
    }

    /// Returns the newest timeline that comes out of one after a file of it.
    package func newestTimeline(after segment: LogSegment) -> UInt32 {
        let candidates = Set(origins.keys).union(files.keys.map(\.timeline)).sorted(by: >)
        return candidates.first { candidate in
            var later: UInt64 = .max
            for (timeline, first) in ancestry(of: candidate) {
                if timeline == segment.timeline { return segment.number <= later }
                later = first
            }
            return false
        } ?? segment.timeline
    }

    /// Returns what replaying reads after a file, up to the last file that is there, whatever is missing between.
    package func pieces(after segment: LogSegment) -> [Piece] {
        let lines = ancestry(of: newestTimeline(after: segment))
        func piece(_ number: UInt64) -> LogSegment {
            let timeline = lines.first { $0.first <= number }?.timeline ?? segment.timeline
            return LogSegment(timeline: timeline, number: number)
        }
        let last = files.keys.map(\.number).filter { files[piece($0)] != nil }.max() ?? 0
        guard last > segment.number else { return [] }
        return ((segment.number + 1)...last).map { Piece(segment: piece($0), file: files[piece($0)]) }
    }

    /// Returns the files that are missing between the first one that is kept and the last.
    package var gaps: [LogSegment] {
        guard let first = files.keys.min(by: { ($0.number, $0.timeline) < ($1.number, $1.timeline) }) else { return [] }
        return pieces(after: first).filter { $0.file == nil }.map(\.segment)
    }
}
