import Backups
import FleetModel
import PostgresClient
import SQL
import SideEffects

extension LocalProvider {
    /// Makes the instance serve, by what the pure decision says of its nodes.
    func start(_ name: String) async throws -> ProviderOutcome {
        let record = try record(of: name)
        switch await recovery(of: name, record) {
        case nil:
            if LocalServer.processID(in: home.folder(of: name).node(record.primary)) != nil { return .alreadyDone }
            throw ProviderError("no node of \(name) has data that could be used", help: "see: pgsteer describe \(name)")
        case .start: return try await startPrimary(name)
        case .undoHandover:
            try forgetHandover(of: name)
            return try await startPrimary(name)
        case .failOver(let number), .finishHandover(let number):
            try await failOver(name, to: number)
            return .performed
        }
    }

    func forgetHandover(of name: String) throws(ProviderError) {
        var record = try record(of: name)
        record.handover = nil
        try write(record, of: name)
    }

    private func startPrimary(_ name: String) async throws -> ProviderOutcome {
        let record = try record(of: name)
        do {
            return try await start(record.primary, of: name)
        } catch let error as ProviderError {
            // What waited for a restart may keep one that has died from coming back.
            try await startWithPrevious(
                server(name, record, record.primaryNode),
                record.primaryNode,
                name: name,
                because: error
            )
        }
        return .performed
    }

    /// Starts one node as what the instance's record says that it is: the primary, or a standby and never anything else.
    ///
    /// When somebody else has taken its port meanwhile, it gets another one: clients know the endpoint alone, and that
    /// never moves.
    func start(_ number: Int, of name: String) async throws -> ProviderOutcome {
        var record = try record(of: name)
        guard var node = record.node(number) else { throw ProviderError("\(name) has no node \(number)") }
        let folder = home.folder(of: name).node(number)
        if LocalServer.missingSocket(of: folder) != nil { _ = try await self.server(name, record, node).stop() }
        if LocalServer.processID(in: folder) != nil { return .alreadyDone }
        try makeFolders(home.folder(of: name), node)
        if !TCPPort.isFree(node.port, address: "127.0.0.1") {
            try choosingPorts { () throws(ProviderError) in
                node.port = try freeNodePort(for: name)
                record.nodes = record.nodes.map { $0.number == number ? node : $0 }
                try write(record, of: name)
            }
            // Who leads to it, or follows it, has to know.
            if isServed(name, record) { try await serveRoutes() }
            try await writeNodeFiles(of: name)
        }
        let server = try server(name, record, node)
        try await prepare(server, as: node, of: name, record)
        let outcome = try await server.start()
        // Now it runs with all of them.
        try files.remove(folder.previousConfiguration)
        return outcome
    }

    /// Stops and starts the servers; when one does not start with the new parameters, the old ones are put back.
    ///
    /// The standby goes first, so that the primary is not touched for parameters that no server starts with. But a
    /// standby must not have less of some parameters than its primary: where one is lowered, the primary goes first.
    func restart(_ name: String, checkpointLimit: Duration) async throws -> ProviderOutcome {
        let primary = try primary(of: name)
        guard LocalServer.processID(in: primary.folder) != nil else { return try await start(name) }
        try await checkpoint(name, limit: checkpointLimit)
        let followers = try await followersToRestart(of: name)
        var isPrimaryFirst = true
        if !followers.isEmpty {
            isPrimaryFirst = try await PostgresConnection.with(primary.administration) { connection in
                try await StandbyFloors.isLowered(connection)
            }
        }
        if !isPrimaryFirst {
            for follower in followers { try await restart(follower, of: name) }
        }
        try await restart(record(of: name).primaryNode, of: name)
        if isPrimaryFirst {
            for follower in followers {
                try await awaitReplay(of: follower, name)
                try await restart(follower, of: name)
            }
        }
        return .performed
    }

    /// The running standby, and the running replicas that wait for a restart: their clients are not disturbed for nothing.
    func followersToRestart(of name: String) async throws -> [LocalNode] {
        let record = try record(of: name)
        var followers = [try runningStandby(of: name)].compactMap(\.self)
        for node in record.nodes where node.group != nil {
            let server = try server(name, record, node)
            guard LocalServer.processID(in: server.folder) != nil else { continue }
            if (try? await waitsForRestart(server)) ?? false { followers.append(node) }
        }
        return followers
    }

    /// Stops and starts one node; when it does not start with its parameters, all nodes get the old ones back.
    func restart(_ node: LocalNode, of name: String) async throws {
        let record = try record(of: name)
        let server = try server(name, record, node)
        if node.number == record.primary { endBackups(of: name) }
        _ = try await server.stop()
        do {
            _ = try await start(node.number, of: name)
        } catch let error as ProviderError {
            try await startWithPrevious(server, node, name: name, because: error)
        }
        try files.remove(server.folder.previousConfiguration)
    }

    /// Writes everything that is dirty, so that the stop is short; one that takes too long refuses the restart.
    ///
    /// The product document: a restart fails when there is too much to write, and the instance goes on as before.
    func checkpoint(_ name: String, limit: Duration) async throws {
        do {
            try await PostgresConnection.with(administration(of: name, node: nil)) { connection in
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
        _ node: LocalNode,
        name: String,
        because error: ProviderError
    ) async throws {
        let (folder, current) = (server.folder, LocalFiles.text(server.folder.configuration))
        guard let previous = LocalFiles.text(folder.previousConfiguration), previous != current else { throw error }
        try files.write(previous, to: folder.configuration, mode: 0o600, owner: serverUser)
        do {
            _ = try await start(node.number, of: name)
        } catch {
            // Then it is not the parameters.
            if let current { try files.write(current, to: folder.configuration, mode: 0o600, owner: serverUser) }
            throw error
        }
        // The other node has read them, and must not get stuck at its own next start.
        for other in try record(of: name).nodes where other.number != node.number {
            let folder = home.folder(of: name).node(other.number)
            guard LocalFiles.exists(folder.data) else { continue }
            _ = try await configure(self.server(name, record(of: name), other), name: name, previous)
            try files.remove(folder.previousConfiguration)
        }
        throw ProviderError(
            "\(name) does not start with the new parameters; it runs again with the old ones",
            help: "correct the parameters in the specification",
            log: error.log,
            isTakenBack: true
        )
    }

    /// Removes an instance; the folder goes away under its name at once and is emptied afterwards.
    func destroy(_ name: String) async throws -> ProviderOutcome {
        let folder = home.folder(of: name)
        guard LocalFiles.exists(folder.path) else { return .alreadyDone }
        var record = try record(of: name)
        // What could not be stopped must not be begun.
        let servers = try record.nodes.map { node throws(ProviderError) in try server(name, record, node) }
        let wasBegun = record.state == .destroying
        record.state = .destroying
        let (text, path) = (record.text, folder.record)
        // Nobody lets an endpoint lead to it in between.
        try await serveRoutes { () throws(ProviderError) in
            if !wasBegun { try self.refuseWhileNeeded(name) }
            try self.files.write(text, to: path, mode: 0o600)
        }
        // What was written last can be restored, too, where that is possible.
        if record.ownership.backup != nil, !(archive(of: name)?.backups.isEmpty ?? true) {
            try? await archiveEnd(of: name)
        }
        endBackups(of: name)
        for server in servers {
            if LocalFiles.exists(server.folder.data) { try await server.stopForGood() }
            try server.removeUnfinished()
        }
        try closeArchive(of: name, record)
        let removed = "\(home.instances)/\(Self.removedPrefix)\(name)"
        try files.remove(removed)
        try files.move(folder.path, to: removed)
        try files.remove(removed)
        return .performed
    }
}
