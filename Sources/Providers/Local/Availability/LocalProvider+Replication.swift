import FleetModel
import PostgresClient
import SQL
import SideEffects

/// What a primary does for its standby: who may connect, slots, and whether commits wait.
extension LocalProvider {
    /// Lets the primary know its standby: who may connect, what its node files say, the slot.
    func letReplicate(_ primary: LocalServer, _ name: String) async throws -> Bool {
        let record = try record(of: name)
        let configuration = configuration(of: name, record, record.primaryNode)
        let isNew = try writeAuthentication(configuration, to: primary.folder.data)
        let isWritten = try files.write(
            configuration.nodeFile,
            to: primary.folder.nodeConfiguration,
            mode: 0o600,
            owner: serverUser
        )
        guard isNew || isWritten else { return false }
        try await reload(primary)
        return true
    }

    private func reload(_ server: LocalServer) async throws {
        try await PostgresConnection.with(server.administration) { connection in
            files.effects.willPerform("reload the configuration")
            try await connection.reload()
        }
    }

    /// Makes the slot that keeps what the standby has not got yet; returns whether it has kept it so far.
    func makeSlot(_ name: String, _ primary: PostgresConnection) async throws -> Bool {
        let rows = try await primary.query(
            "SELECT wal_status FROM pg_catalog.pg_replication_slots WHERE slot_name = \(bind: name)"
        )
        if let row = rows.first {
            if row.text("wal_status") != "lost" { return true }
            try await dropSlot(name, primary)
        }
        files.effects.willPerform("make the replication slot \(name)")
        try await primary.execute("SELECT pg_catalog.pg_create_physical_replication_slot(\(literal: name), true)")
        return false
    }

    func dropSlot(_ name: String, _ connection: PostgresConnection) async throws {
        for _ in 0..<100 {
            let rows = try await connection.query(
                "SELECT active FROM pg_catalog.pg_replication_slots WHERE slot_name = \(bind: name)"
            )
            guard let row = rows.first else { return }
            if !row.isTrue("active") {
                files.effects.willPerform("drop the replication slot \(name)")
                return try await connection.execute("SELECT pg_catalog.pg_drop_replication_slot(\(literal: name))")
            }
            // The session of a standby that was just stopped ends within moments.
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ProviderError("the replication slot \(name) is still in use")
    }

    /// Slots that a standby has from when it was the primary would keep its log for ever.
    func dropSlots(of standby: LocalNode, _ name: String) async throws {
        let record = try record(of: name)
        let node = record.node(standby.number) ?? standby
        try await PostgresConnection.with(server(name, record, node).administration) { connection in
            for node in record.nodes { try await self.dropSlot(node.slot, connection) }
        }
    }

    /// Lets commits wait for the standby, or not.
    func setSynchronous(_ isSynchronous: Bool, _ name: String) async throws -> Bool {
        var record = try record(of: name)
        guard record.isSynchronous != isSynchronous else { return false }
        record.isSynchronous = isSynchronous
        try write(record, of: name)
        try await writeNodeFiles(of: name)
        return true
    }

    /// Writes what makes each server its node, and lets those that run read it; the primary first.
    ///
    /// A follower that cannot be reached reads its file when it is repaired, and holds up nobody.
    func writeNodeFiles(of name: String) async throws {
        let record = try record(of: name)
        let followers = record.nodes.filter { $0.number != record.primary }
        for node in [record.primaryNode] + followers {
            let server = try server(name, record, node)
            guard server.folder.takesConfiguration else { continue }
            let text = configuration(of: name, record, node).nodeFile
            try files.write(text, to: server.folder.nodeConfiguration, mode: 0o600, owner: serverUser)
            guard LocalServer.processID(in: server.folder) != nil else { continue }
            do {
                try await reload(server)
            } catch  where node.number != record.primary {}
        }
    }

    /// Lets the primary keep what each replica has not got yet, so that it can follow from where it is.
    func makeSlotsOfReplicas(_ name: String) async throws {
        let record = try record(of: name)
        let replicas = record.nodes.filter { $0.group != nil && $0.number != record.primary }
        guard !replicas.isEmpty else { return }
        try await PostgresConnection.with(administration(of: name, node: nil)) { connection in
            for node in replicas { _ = try await self.makeSlot(node.slot, connection) }
        }
    }
}
