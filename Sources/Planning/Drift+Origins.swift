package import FleetModel
package import Resources

extension Drift {
    /// The last time that pgsteer worked on a resource.
    package struct LastRun: Sendable {
        /// `run k3v9 of alice at 2026-11-25 01:02:03 UTC, commit 1a2b3c4`
        package var text: String
        /// Seconds since 1970-01-01T00:00:00Z.
        package var epoch: Double

        package init(text: String, epoch: Double) {
            self.text = text
            self.epoch = epoch
        }
    }

    /// Adds to the differences of one instance who made them, and why that is not told of the others.
    ///
    /// - Parameter runs: By resource.
    package mutating func addOrigins(
        of instance: String,
        from evidence: ChangeEvidence,
        runs: [ResourceID: LastRun]
    ) {
        let log = DriftOrigin.Log(evidence.log)
        var untoldCount = 0
        for index in items.indices where items[index].resource.instance == instance {
            let run = runs[items[index].resource]
            items[index].origin =
                DriftOrigin.of(items[index], in: log)
                ?? DriftOrigin.of(items[index], in: evidence, after: run?.epoch)
            items[index].applied = run?.text
            if items[index].origin == nil { untoldCount += 1 }
        }
        guard untoldCount > 0 else { return }
        var connected: [String] = []
        for session in evidence.sessions where !connected.contains(session.who) { connected.append(session.who) }
        untold.append(
            Untold(
                instance: instance,
                count: untoldCount,
                reasons: evidence.gaps.isEmpty ? ["nothing that was sent and is remembered fits"] : evidence.gaps,
                connected: Array(connected.prefix(10))
            )
        )
    }
}
