/// How a read-only group serves: how many replicas, who gets how much, and who is left out.
package struct ReadOnlyGroupPolicy: Codable, Hashable, Sendable {
    /// One for each replica, in the order in which replicas are made: one of 2 gets twice the sessions of one of 1.
    package var weights: [Int]
    /// How long ago a replica's newest commit may be, while it is behind; nil for any time.
    package var maxLagSeconds: Int?
    /// How many bytes of the primary's write-ahead log a replica may have left to replay; nil for any number.
    package var maxLagBytes: Int?
    /// How many replicas stay in service however far they are behind.
    package var keepAtLeast: Int

    package init(weights: [Int], maxLagSeconds: Int? = nil, maxLagBytes: Int? = nil, keepAtLeast: Int = 0) {
        self.weights = weights
        self.maxLagSeconds = maxLagSeconds
        self.maxLagBytes = maxLagBytes
        self.keepAtLeast = keepAtLeast
    }
}

/// How far a replica is behind, as it is known right now.
package struct ReplicaLag: Hashable, Sendable {
    package var node: Int
    /// Nil for a replica that does not follow, or cannot be asked.
    package var bytes: Int?
    /// The age of the newest commit that it has replayed; 0 when it has replayed all there is.
    package var seconds: Double?

    package init(node: Int, bytes: Int?, seconds: Double?) {
        self.node = node
        self.bytes = bytes
        self.seconds = seconds
    }
}

extension ReadOnlyGroupPolicy {
    /// Whether a replica can be too far behind at all.
    package var isLimited: Bool { maxLagSeconds != nil || maxLagBytes != nil }

    /// Whether a replica may serve by how far it is behind.
    package func allows(_ lag: ReplicaLag) -> Bool {
        guard let bytes = lag.bytes else { return false }
        return bytes <= maxLagBytes ?? .max && lag.seconds ?? 0 <= maxLagSeconds.map(Double.init) ?? .infinity
    }

    /// Returns the numbers of the replicas that are to serve.
    ///
    /// Of those that are too far behind, the nearest stay while fewer than ``keepAtLeast`` others serve; one that does
    /// not follow at all is never kept while another could be.
    package func inService(_ lags: [ReplicaLag]) -> Set<Int> {
        let good = lags.filter(allows)
        let late = lags.filter { !allows($0) }
            .sorted { ($0.bytes ?? .max, $0.node) < ($1.bytes ?? .max, $1.node) }
        return Set((good + late.prefix(max(0, keepAtLeast - good.count))).map(\.node))
    }
}
