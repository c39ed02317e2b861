import PostgresClient
import Resources
import SQL

/// Letting the writes go over from the source to the target.
extension MigrationRun {
    /// Cuts over; refused, with nothing changed, unless the target has everything and is equal. Goes on with a cut-over
    /// that an earlier run did not end.
    package func complete() async throws {
        if let physical = order.physical { return try await completePhysically(physical) }
        try await finishCrossing()
        if task.state == .wayBackOpen || task.state.isFinal { return }
        guard task.state.isFollowing else {
            throw MigrationError(
                "\(task.name) is \(task.state.rawValue); it can be completed when it is ready to complete"
            )
        }
        let source = try await openSource()
        try await source.closing { source in
            let target = try await openTarget()
            try await target.closing { target in
                let crossing = Crossing(.forth, source: source, target: target)
                let tables = try await refuseUnlessReady(crossing)
                try await decideEndpoint()
                try move(.completionAsked)
                try await cross(crossing, tables)
            }
        }
    }

    /// Does what may come after the pause of a cut-over.
    func settleForth(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        // First, so that no change that comes back to the source is sent to the target again.
        try await dropSubscription(objectName, target)
        if task.wayBack != nil { try await openWayBack(source) }
        try await leave(source, task.cutover)
        try await refreshViews(source, target)
        let pause = task.cutover?.pauseMilliseconds.map { "writes waited \($0) ms; " } ?? ""
        let message = pause + (task.verification?.sentence ?? "not verified")
        guard task.wayBack == nil else {
            try await stopPublishing(source)
            try move(
                .cutOverWithWayBack,
                message:
                    "\(message); the source follows: pgsteer migration rollback \(task.name) takes the writes back, pgsteer migration finish \(task.name) gives the way back up"
            )
            return
        }
        try await endEndpointMove()
        try await removeFromTarget(target)
        try await removeFromSource(source)
        try move(.cutOver, message: message)
    }
}
