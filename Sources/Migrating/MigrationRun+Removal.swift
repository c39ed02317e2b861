import PostgresClient
import Resources
import SQL
import SpecSchema

/// Removing what a migration made on both ends, apart from what was moved.
extension MigrationRun {
    /// Ends the migration; what was copied stays in the target.
    package func cancel() async throws {
        guard task.state != .completed, task.state != .rolledBack else {
            throw MigrationError(
                "\(task.name) is \(task.state.rawValue); there is nothing to cancel",
                help: "forget it: pgsteer migration delete \(task.name)"
            )
        }
        try await finishCrossing()
        if task.state == .completed || task.state == .rolledBack { return }
        guard task.state != .wayBackOpen else {
            throw MigrationError(
                "the writes of \(task.name) have gone over to \(task.target); there is nothing left to cancel",
                help:
                    "take them back: pgsteer migration rollback \(task.name), or leave them there: pgsteer migration finish \(task.name)"
            )
        }
        await forgetEndpointMove()
        try await removeEverything()
        try folder.forgetRequest()
        let message = leftoverMessage
        if task.state != .cancelled {
            try move(.cancelled, message: message)
        } else {
            try remember { $0.message = message }
        }
    }

    /// Ends the migration and forgets it; refused while something of it is left on an end that cannot be reached.
    package func delete() async throws {
        try await finishCrossing()
        if task.state == .wayBackOpen { try await finish() }
        if !task.state.isFinal { try await cancel() }
        if !task.leftovers.isEmpty { try await removeEverything() }
        // What a cancellation could not tell the gateway.
        try await endEndpointMove()
        try forget()
    }

    // Not inlined: Swift 6.3.1 crashes when it optimises the two as one (LLVM, "While splitting coroutine").
    @inline(never) private func forget() throws {
        guard task.leftovers.isEmpty else {
            throw MigrationError(
                "something of \(task.name) is left: \(task.leftovers.joined(separator: "; "))",
                help: "delete it again when both ends can be reached, or remove it there by hand"
            )
        }
        try folder.remove()
    }

    var leftoverMessage: String? {
        guard !task.leftovers.isEmpty else { return nil }
        return
            "left behind: \(task.leftovers.joined(separator: "; ")); remove it later with: pgsteer migration delete \(task.name)"
    }

    /// Removes everything on both ends, each by itself: one that is gone does not keep the other.
    func removeEverything() async throws {
        activity("removing what the migration made")
        if let physical = order.physical { return try await removePhysically(physical) }
        var leftovers: [String] = []
        var (hadSlot, hadWayBack) = (true, true)
        do {
            let target = try await openTarget()
            try await target.closing { target in
                try await endLeftovers(target)
                if task.wayBack != nil { hadWayBack = try await hasSlot(task.backName, target) }
                try await removeFromTarget(target)
            }
        } catch {
            leftovers.append(
                "on the target: subscription \(objectName)\(task.wayBack == nil ? "" : ", slot and publication \(task.backName)"), schema \(Journal.schema) (\(Self.reason(error)))"
            )
        }
        do {
            let source = try await openSource()
            try await source.closing { source in
                try await endLeftovers(source)
                if task.cutover?.isReleased == false { try await letWrite(source, task.cutover) }
                hadSlot = try await hasSlot(objectName, source)
                try await removeFromSource(source)
            }
        } catch {
            leftovers.append(
                "on the source: slot and publication \(objectName)\(task.wayBack == nil ? "" : ", subscription \(task.backName)"), schema \(Journal.schema) (\(Self.reason(error)))"
            )
        }
        if !hadSlot { leftovers += await dropSlot(objectName, onFollowersOf: migration.source.value) }
        if !hadWayBack { leftovers += await dropSlot(task.backName, onFollowersOf: migration.target.value) }
        try remember { $0.leftovers = leftovers }
    }

    /// A slot is of one server: one that was the primary when it was made keeps it, and the log, when it follows another.
    ///
    /// - Returns: Where it could not be looked for.
    private func dropSlot(_ name: String, onFollowersOf end: MigrationEnd) async -> [String] {
        guard migration.type.value == .fullAndIncremental, let instance = end.instance else { return [] }
        var leftovers: [String] = []
        for (node, target) in await order.followers(instance).sorted(by: { $0.key < $1.key }) {
            do {
                let follower = try await openQuietly(target)
                try await follower.closing { try await dropSlot(name, $0) }
            } catch {
                leftovers.append("on node \(node) of \(instance): slot \(name) (\(Self.reason(error)))")
            }
        }
        return leftovers
    }

    private static func reason(_ error: any Error) -> String {
        (error as? MigrationError)?.message ?? (error as? PostgresError)?.message ?? "\(error)"
    }

    func removeFromTarget(_ target: PostgresConnection) async throws {
        try await dropSubscription(objectName, target)
        try await removeWayBack(target)
        try await journal.removal(target)
    }

    func removeFromSource(_ source: PostgresConnection) async throws {
        guard migration.type.value == .fullAndIncremental else { return }
        try await dropSubscription(task.backName, source)
        try await stopPublishing(source)
        try await journal.removal(source)
    }

    /// Ends what lets the target follow the source.
    func stopPublishing(_ source: PostgresConnection) async throws {
        try await dropSlot(objectName, source)
        try await dropPublication(objectName, source)
        try await restore(task.identities, source)
    }

    /// Ends what lets the source follow the target, on the target.
    func removeWayBack(_ target: PostgresConnection) async throws {
        guard let wayBack = task.wayBack else { return }
        try await dropSlot(task.backName, target)
        try await dropPublication(task.backName, target)
        try await restore(wayBack.identities, target)
    }

    /// Ends a subscription; its slot is removed by ourselves, since the other end may be gone.
    func dropSubscription(_ name: String, _ connection: PostgresConnection) async throws {
        let subscriptions = try await connection.query(
            """
            SELECT s.subenabled AS enabled FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE s.subname = \(bind: name) AND d.datname = current_database()
            """
        )
        guard let found = subscriptions.first else { return }
        if found.isTrue("enabled") {
            try await connection.execute("ALTER SUBSCRIPTION \(identifier: name) DISABLE")
        }
        try await connection.execute("ALTER SUBSCRIPTION \(identifier: name) SET (slot_name = NONE)")
        try await connection.execute("DROP SUBSCRIPTION \(identifier: name)")
    }

    private func dropPublication(_ name: String, _ connection: PostgresConnection) async throws {
        if try await connection.query("SELECT FROM pg_publication WHERE pubname = \(bind: name)").isEmpty { return }
        try await connection.execute("DROP PUBLICATION \(identifier: name)")
    }

    private func restore(_ identities: [ChangedIdentity], _ connection: PostgresConnection) async throws {
        for identity in identities {
            let found = try await connection.query(
                """
                SELECT c.relreplident AS identity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = \(bind: identity.schema) AND c.relname = \(bind: identity.table)
                """
            )
            // Somebody who changed it since meant it.
            guard found.first?.text("identity") == "f" else { continue }
            try await alterGently(
                """
                ALTER TABLE ONLY \(identifier: identity.schema).\(identifier: identity.table)
                REPLICA IDENTITY \(keywords: identity.before == "NOTHING" ? "NOTHING" : "DEFAULT")
                """,
                of: "\(identity.schema).\(identity.table)",
                connection
            )
        }
    }

    private func hasSlot(_ name: String, _ connection: PostgresConnection) async throws -> Bool {
        try await !connection.query("SELECT FROM pg_replication_slots WHERE slot_name = \(bind: name)").isEmpty
    }

    func dropSlot(_ name: String, _ connection: PostgresConnection) async throws {
        for attempt in 0... {
            let slots = try await connection.query(
                "SELECT active_pid FROM pg_replication_slots WHERE slot_name = \(bind: name)"
            )
            guard let slot = slots.first else { return }
            if let pid = slot.integer("active_pid") {
                _ = try await connection.query("SELECT pg_terminate_backend(\(pid))")
            }
            do throws(PostgresError) {
                try await connection.execute("SELECT pg_drop_replication_slot(\(literal: name))")
            } catch {
                // It is still in use: its walsender is on its way out.
                guard error.sqlState == "55006", attempt < 1200 else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
