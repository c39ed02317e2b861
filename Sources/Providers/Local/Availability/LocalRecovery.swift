import FleetModel

/// What is known of the nodes of an instance that is to serve.
struct NodeFacts: Hashable, Sendable {
    var number: Int
    /// Whether its data can be used.
    var hasData: Bool
    var isRunning: Bool
    /// Whether it runs and nobody can ask it, because the file of its socket is gone.
    var isDeaf = false
    /// Whether its data says that it is a standby.
    var isStandby: Bool
    /// Whether it was stopped as it should be, and did not die.
    var wasShutDown: Bool
}

extension Recovery {
    /// Returns what makes an instance serve again; nil when its primary runs and no handover is open, or when no node has
    /// usable data.
    ///
    /// - Parameter isPrimaryHung: Whether the primary runs and was found not to answer.
    static func decide(
        primary: NodeFacts,
        standby: NodeFacts?,
        handover: Handover?,
        isPrimaryHung: Bool = false
    ) -> Recovery? {
        if let handover, let standby, standby.number == handover.to, standby.hasData {
            // What has taken over may have taken writes: there is no way back.
            if !standby.isStandby { return .finishHandover(to: handover.to) }
            if handover.cause == .failover { return .failOver(to: handover.to) }
            if primary.hasData, !isPrimaryHung { return .undoHandover(to: handover.to) }
        } else if let handover, primary.hasData {
            return .undoHandover(to: handover.to)
        }
        // It still serves through its port and sends to its standby: it is stopped as it should be, and loses nothing.
        if primary.isDeaf, primary.hasData { return .start }
        if primary.isRunning, primary.hasData, !isPrimaryHung { return nil }
        if let standby, standby.hasData, standby.isStandby {
            // A primary that somebody stopped has only to be started; one that died may die again.
            let isWorthStarting = primary.hasData && (!standby.isRunning || !isPrimaryHung && primary.wasShutDown)
            if !isWorthStarting { return .failOver(to: standby.number) }
        }
        return primary.hasData ? .start : nil
    }
}
