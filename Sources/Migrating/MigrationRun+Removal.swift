import PostgresClient
import Resources
import SQL
import SpecSchema

/// Removing what a migration made on both ends, apart from what was moved.
extension MigrationRun {
    /// Ends the migration; what was copied stays in the target.
    package func cancel() async throws {
        guard task.state != .completed else {
            throw MigrationError(
                "\(task.name) is completed; there is nothing to cancel",
                help: "forget it: pgsteer migration delete \(task.name)"
            )
        }
        if task.state == .completing { try await settleCutover() }
        if task.state == .completed { return }
        try await removeEverything()
        try folder.forgetRequest()
        if task.state != .cancelled {
            try move(.cancelled, message: leftoverMessage)
        } else {
            try remember { $0.message = leftoverMessage }
        }
    }

    /// Ends the migration and forgets it; refused while something of it is left on an end that cannot be reached.
    package func delete() async throws {
        if !task.state.isFinal { try await cancel() }
        if !task.leftovers.isEmpty { try await removeEverything() }
        guard task.leftovers.isEmpty else {
            throw MigrationError(
                "something of \(task.name) is left: \(task.leftovers.joined(separator: "; "))",
                help: "delete it again when both ends can be reached, or remove it there by hand"
            )
        }
        try folder.remove()
    }

    private var leftoverMessage: String? {
        guard !task.leftovers.isEmpty else { return nil }
        return
            "left behind: \(task.leftovers.joined(separator: "; ")); remove it later with: pgsteer migration delete \(task.name)"
    }

    /// Removes everything on both ends, each by itself: one that is gone does not keep the other.
    private func removeEverything() async throws {
        activity("removing what the migration made")
        var leftovers: [String] = []
        do {
            let target = try await openTarget()
            try await target.closing { target in
                try await endLeftovers(target)
                try await removeFromTarget(target)
            }
        } catch {
            leftovers.append(
                "on the target: subscription \(objectName), schema \(Journal.schema) (\(Self.reason(error)))"
            )
        }
        do {
            let source = try await openSource()
            try await source.closing { source in
                try await endLeftovers(source)
                if task.cutover?.isReleased == false { try await letSourceWrite(source) }
                try await removeFromSource(source)
            }
        } catch {
            leftovers.append(
                "on the source: slot and publication \(objectName), schema \(Journal.schema) (\(Self.reason(error)))"
            )
        }
        try remember { $0.leftovers = leftovers }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? MigrationError)?.message ?? (error as? PostgresError)?.message ?? "\(error)"
    }

    func removeFromTarget(_ target: PostgresConnection) async throws {
        let subscriptions = try await target.query(
            """
            SELECT s.subenabled AS enabled FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
            WHERE s.subname = \(bind: objectName) AND d.datname = current_database()
            """
        )
        if let found = subscriptions.first {
            if found.isTrue("enabled") {
                try await target.execute("ALTER SUBSCRIPTION \(identifier: objectName) DISABLE")
            }
            // The slot is removed by ourselves: the source may be gone.
            try await target.execute("ALTER SUBSCRIPTION \(identifier: objectName) SET (slot_name = NONE)")
            try await target.execute("DROP SUBSCRIPTION \(identifier: objectName)")
        }
        try await journal.removal(target)
    }

    func removeFromSource(_ source: PostgresConnection) async throws {
        guard migration.type.value == .fullAndIncremental else { return }
        try await dropSlot(source)
        if try await !source.query("SELECT FROM pg_publication WHERE pubname = \(bind: objectName)").isEmpty {
            try await source.execute("DROP PUBLICATION \(identifier: objectName)")
        }
        for identity in task.identities {
            let found = try await source.query(
                """
                SELECT c.relreplident AS identity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = \(bind: identity.schema) AND c.relname = \(bind: identity.table)
                """
            )
            // Somebody who changed it since meant it.
            guard found.first?.text("identity") == "f" else { continue }
            try await source.execute(
                """
                ALTER TABLE ONLY \(identifier: identity.schema).\(identifier: identity.table)
                REPLICA IDENTITY \(keywords: identity.before == "NOTHING" ? "NOTHING" : "DEFAULT")
                """
            )
        }
        try await journal.removal(source)
    }

    private func dropSlot(_ source: PostgresConnection) async throws {
        for attempt in 0... {
            let slots = try await source.query(
                "SELECT active_pid FROM pg_replication_slots WHERE slot_name = \(bind: objectName)"
            )
            guard let slot = slots.first else { return }
            if let pid = slot.integer("active_pid") {
                _ = try await source.query("SELECT pg_terminate_backend(\(pid))")
            }
            do throws(PostgresError) {
                try await source.execute("SELECT pg_drop_replication_slot(\(literal: objectName))")
            } catch {
                // It is still in use: its walsender is on its way out.
                guard error.sqlState == "55006", attempt < 1200 else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
