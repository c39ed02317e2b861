import PostgresClient
import Resources
import SQL

/// Undoing a cut-over or a rollback, and ending one that was interrupted.
extension MigrationRun {
    /// Statements that give the database of an end the settings back that it had.
    func writingAgain(_ connection: PostgresConnection, _ record: CutoverRecord?) async throws -> Statement {
        guard let record else { return "SELECT" }
        let name = try await database(connection)
        let setting: Statement =
            record.readOnlyBefore.map { "SET default_transaction_read_only TO \(literal: $0)" }
            ?? "RESET default_transaction_read_only"
        return """
            ALTER DATABASE \(identifier: name) \(setting);
            ALTER DATABASE \(identifier: name) CONNECTION LIMIT \(record.connectionLimitBefore)
            """
    }

    /// Gives the database of an end the settings back that it had.
    func letWrite(_ connection: PostgresConnection, _ record: CutoverRecord?) async throws {
        guard let record else { return }
        try await connection.execute(script: "BEGIN; \(try await writingAgain(connection, record)); COMMIT")
    }

    /// Leaves the database that the writes left as the policy says.
    func leave(_ connection: PostgresConnection, _ record: CutoverRecord?) async throws {
        guard let record else { return }
        switch migration.cutover.sourceAfter {
        case .untouched: try await letWrite(connection, record)
        case .readOnly:
            try await connection.execute(
                "ALTER DATABASE \(identifier: try await database(connection)) CONNECTION LIMIT \(record.connectionLimitBefore)"
            )
        case .closed: break
        }
    }

    /// When the answer to the last statement was lost on its way, the writes may have been let in: then there is no way
    /// but on.
    func refuseToUndo(_ direction: Crossing.Direction, after error: any Error) async throws {
        guard let sign = task[keyPath: direction.record]?.sign else { return }
        let receiver = try? await open(direction == .forth ? order.target : order.source)
        // What is still at work there may yet come to its end.
        if let receiver { try? await endLeftovers(receiver) }
        let entries = if let receiver { try? await journal.entries(receiver) } else { [String: Journal.Entry]?.none }
        await receiver?.close()
        // Nothing but the sign lets clients write on the source again: taken back blindly, both ends might take writes.
        guard entries != nil || direction == .forth || !isSignSent else {
            throw MigrationError(
                "it is not known whether the writes had been let in at the source when the connection broke: \(error)",
                help: "when both ends can be reached, go on with: pgsteer migration start \(task.name)"
            )
        }
        guard entries?[sign] != nil else { return }
        try remember { $0[keyPath: direction.record]?.isReleased = true }
        throw MigrationError(
            "the writes had been let in at the \(direction.receiverNoun) when the connection broke: \(error)",
            help: "go on with: pgsteer migration start \(task.name)"
        )
    }

    func takeBack(_ crossing: Crossing, because reason: String) async throws {
        let direction = crossing.direction
        // Before anything else: from now on a sign that is found counts for nothing.
        try remember { $0[keyPath: direction.record]?.isTakenBack = true }
        do {
            try await letWrite(crossing.origin, task[keyPath: direction.record])
        } catch {
            // The session may be what broke.
            let again = try await open(direction == .forth ? order.source : order.target)
            let record = task[keyPath: direction.record]
            try await again.closing { try await letWrite($0, record) }
        }
        if direction == .forth {
            await closeWayBack()
            await forgetEndpointMove()
        }
        try remember { $0[keyPath: direction.record] = nil }
        try move(.takenBack, message: "the \(direction.noun) was taken back: \(reason)")
    }

    // MARK: Afterwards

    /// Goes on with a cut-over or a rollback that an earlier run did not end: to the end when the writes had been let in,
    /// otherwise back.
    package func finishCrossing() async throws {
        guard task.state.isCrossing else { return }
        if let physical = order.physical { return try await finishCrossingPhysically(physical) }
        let direction: Crossing.Direction = task.state == .rollingBack ? .back : .forth
        let source = try await openSource()
        try await source.closing { source in
            let target = try await openTarget()
            try await target.closing { target in
                try await endLeftovers(source)
                try await endLeftovers(target)
                let crossing = Crossing(direction, source: source, target: target)
                let record = task[keyPath: direction.record]
                let entries = try await journal.entries(crossing.receiver)
                let isReleased = record.map { $0.isReleased || !$0.isTakenBack && entries[$0.sign] != nil } ?? false
                if isReleased {
                    try remember { $0[keyPath: direction.record]?.isReleased = true }
                    try await leadEndpoint(direction)
                    try await settle(crossing)
                } else {
                    try await takeBack(crossing, because: "pgsteer ended in the middle of it")
                }
            }
        }
    }

    /// Does what may come after the pause.
    func settle(_ crossing: Crossing) async throws {
        activity("tidying up")
        switch crossing.direction {
        case .forth: try await settleForth(crossing.source, crossing.target)
        case .back: try await settleBack(crossing.source, crossing.target)
        }
    }
}
