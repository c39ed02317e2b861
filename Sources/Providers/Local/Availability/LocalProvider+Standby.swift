import FleetModel
import PostgresClient
import SQL
import SideEffects

extension LocalProvider {
    /// Makes, starts or repairs the standby until it follows the primary, and lets commits wait for it where they should.
    func attach(_ name: String) async throws -> ProviderOutcome {
        let primary = try primary(of: name)
        guard LocalServer.processID(in: primary.folder) != nil else {
            throw ProviderError("\(name) has no running primary that a standby could follow")
        }
        var outcomes = [try await fallBack(primary, name)]
        let node = try choosingPorts { () throws(ProviderError) in try reserveStandby(of: name) }
        outcomes.append(try await letReplicate(primary, name))
        try await archiveLeft(in: server(name, try self.record(of: name), node), of: name, try self.record(of: name))
        outcomes.append(try await bringToFollow(node, primary, name))
        let record = try record(of: name)
        outcomes.append(try await setSynchronous(record.policy.replication == .sync, name))
        try await dropSlots(of: node, name)
        if isServed(name, record) { try await serveRoutes() }
        return outcomes.contains(true) ? .performed : .alreadyDone
    }

    /// Lets commits go on while a standby that is gone is looked after, where that is allowed; returns whether it did.
    private func fallBack(_ primary: LocalServer, _ name: String) async throws -> Bool {
        let record = try record(of: name)
        guard record.policy.syncFallback, record.isSynchronous, let node = record.standbyNode,
            try await !isFollowing(node, primary)
        else { return false }
        return try await setSynchronous(false, name)
    }

    /// Removes the standby with its data.
    func detach(_ name: String) async throws -> ProviderOutcome {
        guard let node = try record(of: name).standbyNode else { return .alreadyDone }
        _ = try await setSynchronous(false, name)
        try await remove(node, of: name)
        return .performed
    }

    /// Removes a follower with its data, and what its primary keeps for it.
    func remove(_ node: LocalNode, of name: String) async throws {
        let server = try server(name, record(of: name), node)
        if await server.isAnswering {
            try await server.stopForGood()
        } else {
            try await server.fence()
        }
        try server.removeUnfinished()
        try files.remove(server.folder.path)
        try await PostgresConnection.with(administration(of: name, node: nil)) { connection in
            try await self.dropSlot(node.slot, connection)
        }
        var record = try record(of: name)
        record.nodes.removeAll { $0.number == node.number }
        try write(record, of: name)
        try await writeNodeFiles(of: name)
        if isServed(name, record) { try await serveRoutes() }
    }

    /// The standby, when it runs.
    func runningStandby(of name: String) throws(ProviderError) -> LocalNode? {
        try record(of: name).standbyNode
            .flatMap { LocalServer.processID(in: home.folder(of: name).node($0.number)) == nil ? nil : $0 }
    }

    /// Whether a running server waits for a restart, for one of its parameters.
    func waitsForRestart(_ server: LocalServer) async throws -> Bool {
        try await PostgresConnection.with(server.administration) { connection in
            let rows = try await connection.query("SELECT FROM pg_catalog.pg_settings WHERE pending_restart LIMIT 1")
            return !rows.isEmpty
        }
    }

    /// Chooses number and port of the standby and writes them down; returns the node that is there already.
    private func reserveStandby(of name: String) throws(ProviderError) -> LocalNode {
        var record = try record(of: name)
        if let node = record.standbyNode {
            try makeFolders(home.folder(of: name), node)
            return node
        }
        let number = (1...2).first { record.node($0) == nil } ?? 2
        let node = LocalNode(number: number, port: try freeNodePort(for: name))
        record.nodes = (record.nodes + [node]).sorted { $0.number < $1.number }
        try write(record, of: name)
        try makeFolders(home.folder(of: name), node)
        return node
    }

    // MARK: Following

    /// Writes the files with which a node starts as what the record says that it is.
    func prepare(_ server: LocalServer, as node: LocalNode, of name: String, _ record: LocalRecord) async throws {
        let folder = server.folder
        let configuration = configuration(of: name, record, node)
        try files.write(configuration.nodeFile, to: folder.nodeConfiguration, mode: 0o600, owner: serverUser)
        try writeAuthentication(configuration, to: folder.data)
        guard node.number != record.primary else { return try files.remove(folder.standbyConfiguration) }
        try files.write("", to: folder.standbySignal, mode: 0o600, owner: serverUser)
        let floors = await server.controlData()?.floors ?? [:]
        let parameters = LocalFiles.text(folder.configuration) ?? ""
        if let text = StandbyFloors.file(floors: floors, parameterFile: parameters) {
            try files.write(text, to: folder.standbyConfiguration, mode: 0o600, owner: serverUser)
        } else {
            try files.remove(folder.standbyConfiguration)
        }
    }

    /// Takes the steps that let a node follow the primary; returns whether any was needed.
    func bringToFollow(_ node: LocalNode, _ primary: LocalServer, _ name: String) async throws -> Bool {
        let hasSlot = try await PostgresConnection.with(primary.administration) { connection in
            try await self.makeSlot(node.slot, connection)
        }
        var tried: Set<StandbyStep> = []
        var hasActed = false
        while true {
            // One that was started may have got another port.
            let record = try record(of: name)
            let server = try server(name, record, record.node(node.number) ?? node)
            let facts = try await facts(of: node, server, hasSlot: hasSlot, primary: primary, name)
            let step = StandbyStep.next(facts, tried: tried)
            if step == .done { return hasActed }
            if step == .copy, tried.contains(.copy) {
                throw ProviderError(
                    "node \(node.number) of \(name) does not follow its primary",
                    log: server.logLines(since: 0)
                )
            }
            if step != .await { hasActed = true }
            try await take(step, server, node, primary, name)
            tried = step.added(to: tried)
        }
    }

    private func facts(
        of node: LocalNode,
        _ server: LocalServer,
        hasSlot: Bool,
        primary: LocalServer,
        _ name: String
    ) async throws -> StandbyFacts {
        let isRunning = LocalServer.processID(in: server.folder) != nil
        let isUsable = problem(with: server.folder, try record(of: name)) == nil
        // Nil for one that takes no connection: it may be stopped in the middle of everything, and still look connected.
        let waits = isRunning && isUsable && server.isStandby ? try? await waitsForRestart(server) : nil
        return StandbyFacts(
            hasUsableData: isUsable && !LocalFiles.exists(server.folder.unfinishedRewind),
            isRunning: isRunning,
            isDeaf: LocalServer.missingSocket(of: server.folder) != nil,
            isStandby: server.isStandby,
            isFollowing: waits == nil ? false : try await isFollowing(node, primary),
            hasSlot: hasSlot,
            waitsForRestart: waits ?? false
        )
    }

    private func isFollowing(_ node: LocalNode, _ primary: LocalServer) async throws -> Bool {
        try await PostgresConnection.with(primary.administration) { connection in
            try await connection
                .query(
                    """
                    SELECT FROM pg_catalog.pg_stat_replication
                    WHERE application_name = \(bind: node.slot) AND state IN ('streaming', 'catchup')
                    """
                )
                .isEmpty == false
        }
    }

    private func take(
        _ step: StandbyStep,
        _ server: LocalServer,
        _ node: LocalNode,
        _ primary: LocalServer,
        _ name: String
    ) async throws {
        switch step {
        case .done: return
        case .await: try await awaitFollowing(server, node, primary)
        case .start:
            // A server that does not start as a standby is made anew by the steps that come.
            do { _ = try await start(node.number, of: name) } catch is ProviderError {}
        case .stop:
            guard await server.isAnswering else { return try await server.fence() }
            // What it no longer needs to have, it learns from the primary.
            if try await isFollowing(node, primary) { try await awaitReplay(of: node, name) }
            _ = try await server.stop()
        case .rewind: _ = try await server.rewind(to: primary)
        case .copy:
            // A server whose folder was removed under it still runs, and would keep the slot from the new one.
            try await server.fence()
            let record = try record(of: name)
            let text = configuration(of: name, record, node).nodeFile
            try await server.copy(primary, slot: node.slot) { data throws(ProviderError) in
                try self.files.write(text, to: data + "/conf.d/pgsteer-node.conf", mode: 0o600, owner: self.serverUser)
                try self.files.write("", to: data + "/standby.signal", mode: 0o600, owner: self.serverUser)
                try self.files.remove(data + "/conf.d/pgsteer.conf.previous")
            }
        }
    }

    /// Waits until the primary sends to the node, or the node has said that it cannot follow, or nothing moves any more.
    func awaitFollowing(_ server: LocalServer, _ node: LocalNode, _ primary: LocalServer) async throws {
        let offset = server.logSize
        var lastPlace: LogPosition?
        var lastMove = ContinuousClock.now
        while ContinuousClock.now - lastMove < .seconds(10) {
            let place = await server.replayed
            if place != nil, try await isFollowing(node, primary) { return }
            if LocalServer.processID(in: server.folder) == nil { return }
            if server.logLines(since: offset).contains(where: Self.saysThatItCannotFollow) { return }
            if place != lastPlace { (lastPlace, lastMove) = (place, .now) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until a standby has replayed what its primary has written by now, such as that it needs less from it.
    func awaitReplay(of node: LocalNode, _ name: String) async throws {
        let primary = try primary(of: name)
        let written = try await PostgresConnection.with(primary.administration) { connection in
            try await connection.query("SELECT pg_current_wal_lsn()::text AS place").first?["place"]
        }
        guard let written = written.flatMap(LogPosition.init) else { return }
        let standby = try server(name, record(of: name), node)
        try await awaitFollowing(standby, node, primary)
        let deadline = ContinuousClock.now + .seconds(30)
        while await standby.replayed.map({ $0 < written }) ?? true {
            // One that has less of something than its primary by now stands still until it is restarted.
            if await standby.isReplayPaused { return }
            guard ContinuousClock.now < deadline else {
                throw ProviderError(
                    "node \(node.number) of \(name) has not replayed within 30 seconds what its primary wrote",
                    help: "apply goes on when it has"
                )
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What PostgreSQL logs when a standby has gone another way than its primary, or comes too late.
    private static func saysThatItCannotFollow(_ line: String) -> Bool {
        [
            "has already been removed", "is behind recovery timeline", "forked off current database system timeline",
            "is not a child of database system timeline", "can no longer get changes from replication slot",
            "new timeline",
        ]
        .contains { line.contains($0) }
    }
}
