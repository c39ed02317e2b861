import FleetModel
import PostgresClient
import SQL
import SideEffects

extension LocalProvider {
    /// Writes the parameters that are desired and lets a running server read them.
    func configure(_ name: String, _ parameters: [String: String]) async throws -> ProviderOutcome {
        let record = try record(of: name)
        let node = home.folder(of: name).node(1)
        let text = configuration(of: name, record, parameters: parameters).ownFile
        let before = LocalFiles.text(node.configuration)
        if let before, before != text, !LocalFiles.exists(node.previousConfiguration) {
            try files.write(before, to: node.previousConfiguration, mode: 0o600, owner: serverUser)
        }
        let isWritten = try files.write(text, to: node.configuration, mode: 0o600, owner: serverUser)
        guard LocalServer.processID(in: node) != nil else { return isWritten ? .performed : .alreadyDone }
        try await PostgresConnection.with(administration(of: name)) { connection in
            try await self.refuseErrors(connection, name: name, putBack: before)
            try await self.reload(connection)
        }
        return .performed
    }

    /// Asks the server what it thinks of the file before it reads it; on an error the old file is put back.
    private func refuseErrors(_ connection: PostgresConnection, name: String, putBack before: String?) async throws {
        let node = home.folder(of: name).node(1)
        // "setting could not be applied" only means that a restart is needed (PostgreSQL manual, pg_file_settings).
        let rows = try await connection.query(
            """
            SELECT name, setting, error FROM pg_catalog.pg_file_settings
            WHERE error IS NOT NULL AND error <> 'setting could not be applied' AND sourcefile = \(bind: node.configuration)
            """
        )
        guard let row = rows.first else { return }
        if let before { try files.write(before, to: node.configuration, mode: 0o600, owner: serverUser) }
        throw ProviderError(
            "\(name) refuses \(row.text("name")) = \"\(row.text("setting"))\": \(row.text("error")); nothing was changed",
            help: "correct the value in the specification"
        )
    }

    /// Lets the server read its configuration, after what was set by hand and would win over it is taken away.
    private func reload(_ connection: PostgresConnection) async throws {
        let overridden = try await connection.query(
            """
            SELECT name FROM pg_catalog.pg_file_settings f WHERE sourcefile LIKE '%/postgresql.auto.conf'
                AND EXISTS (SELECT FROM pg_catalog.pg_file_settings o WHERE o.name = f.name AND o.sourcefile LIKE '%/conf.d/pgsteer.conf')
            """
        )
        for row in overridden {
            // ALTER SYSTEM by hand would win over what the specification says.
            files.effects.willPerform("ALTER SYSTEM RESET \(row.text("name"))")
            try await connection.execute("ALTER SYSTEM RESET \(identifier: row.text("name"))")
        }
        files.effects.willPerform("reload the configuration")
        try await connection.reload()
    }

    /// Starts the server; when somebody else has taken its port behind the gateway meanwhile, on another port.
    ///
    /// Clients know the endpoint alone, and that never moves.
    func start(_ name: String) async throws -> ProviderOutcome {
        var record = try record(of: name)
        let server = try server(of: name)
        if LocalServer.processID(in: server.folder) != nil { return .alreadyDone }
        if !TCPPort.isFree(record.nodePort, address: "127.0.0.1") {
            record.nodePort = try freeNodePort(for: name)
            try write(record, of: name)
        }
        let text = LocalFiles.text(server.folder.configuration) ?? ""
        let current = configuration(of: name, record, parameters: [:]).ownFile(keepingParametersOf: text)
        try files.write(current, to: server.folder.configuration, mode: 0o600, owner: serverUser)
        return try await server.start()
    }

    /// Stops and starts the server; when it does not start with the new parameters, the old ones are put back.
    func restart(_ name: String, checkpointLimit: Duration) async throws -> ProviderOutcome {
        let server = try server(of: name)
        guard LocalServer.processID(in: server.folder) != nil else { return try await server.start() }
        try await checkpoint(name, limit: checkpointLimit)
        _ = try await server.stop()
        do {
            _ = try await server.start()
        } catch {
            try await startWithPrevious(server, name: name, because: error)
        }
        try files.remove(server.folder.previousConfiguration)
        return .performed
    }

    /// Writes everything that is dirty, so that the stop is short; one that takes too long refuses the restart.
    ///
    /// The product document: a restart fails when there is too much to write, and the instance goes on as before.
    private func checkpoint(_ name: String, limit: Duration) async throws {
        do {
            try await PostgresConnection.with(administration(of: name)) { connection in
                try await connection.execute(
                    "SET statement_timeout TO \(literal: String(limit.components.seconds * 1000))"
                )
                files.effects.willPerform("CHECKPOINT")
                try await connection.execute("CHECKPOINT")
            }
        } catch let error as PostgresError where error.sqlState == "57014" {
            throw ProviderError(
                "\(name) was not restarted: a checkpoint takes longer than \(limit.components.seconds) s; it serves as before",
                help: "try again when it writes less"
            )
        }
    }

    private func startWithPrevious(
        _ server: LocalServer,
        name: String,
        because error: ProviderError
    ) async throws {
        guard let previous = LocalFiles.text(server.folder.previousConfiguration) else { throw error }
        try files.write(previous, to: server.folder.configuration, mode: 0o600, owner: serverUser)
        _ = try await server.start()
        try files.remove(server.folder.previousConfiguration)
        throw ProviderError(
            "\(name) does not start with the new parameters; it runs again with the old ones",
            help: "correct the parameters in the specification",
            log: error.log
        )
    }

    /// Opens the endpoint.
    func expose(_ name: String) async throws -> ProviderOutcome {
        var record = try record(of: name)
        if record.isExposed, gateway.served()?.includes(route(of: name, record)) ?? false { return .alreadyDone }
        record.isExposed = true
        try write(record, of: name)
        try await serveRoutes()
        return .performed
    }

    /// Brings the gateway to what the instances' records say now.
    private func serveRoutes() async throws(ProviderError) {
        try await gateway.serve { self.routes }
    }

    private nonisolated var routes: [GatewayConfiguration.Route] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        return names.compactMap { name in
            guard let record = try? record(of: name), record.isExposed, record.state == .ready else { return nil }
            return route(of: name, record)
        }
    }

    /// Removes an instance; the folder goes away under its name at once and is emptied afterwards.
    func destroy(_ name: String) async throws -> ProviderOutcome {
        let folder = home.folder(of: name)
        guard LocalFiles.exists(folder.path) else { return .alreadyDone }
        var record = try record(of: name)
        // What could not be stopped must not be begun.
        let server = try server(name, major: record.major)
        record.state = .destroying
        try write(record, of: name)
        try await serveRoutes()
        if LocalFiles.exists(folder.node(1).data) { _ = try await server.stop() }
        try server.removeUnfinished()
        let removed = "\(home.instances)/.removed-\(name)"
        try files.remove(removed)
        try files.move(folder.path, to: removed)
        try files.remove(removed)
        return .performed
    }
}
