/// How an instance goes on when its server fails: not at all, or with a standby that takes over.
package struct AvailabilityPolicy: Codable, Hashable, Sendable {
    package enum Mode: String, Codable, Sendable, CaseIterable {
        /// One server.
        case single
        /// A primary with a standby.
        case dual
    }

    /// When a commit is acknowledged (PostgreSQL manual, section 27.2.8).
    package enum Replication: String, Codable, Sendable, CaseIterable {
        /// When the primary has it.
        case async
        /// When the standby has it, too.
        case sync
    }

    package var mode = Mode.single
    package var replication = Replication.async
    /// Whether commits go on without the standby while it is gone; else they wait for it.
    package var syncFallback = false
    /// Where the nodes are, in the order of their numbers.
    package var zones: [String] = []
    /// How far the standby may be behind, for a switchover to be begun.
    package var maxSwitchoverLag = Self.usualSwitchoverLag

    package static let usualSwitchoverLag = ByteCount.mebibytes(16)

    package init() {}

    /// The zone of a node; nil when none was named for it.
    package func zone(ofNode number: Int) -> String? {
        zones.indices.contains(number - 1) ? zones[number - 1] : nil
    }
}
