import FleetModel
import PostgresClient
import SQL
import SideEffects

extension LocalProvider {
    /// Decides what makes the instance serve again; asks a running primary whether it answers when another node could
    /// take over.
    func recovery(of name: String, _ record: LocalRecord) async -> Recovery? {
        var isHung = false
        if let standby = record.standbyNode, let server = try? primary(of: name),
            LocalServer.processID(in: server.folder) != nil,
            LocalServer.processID(in: home.folder(of: name).node(standby.number)) != nil
        {
            isHung = await !server.isAnswering
        }
        return recovery(in: home.folder(of: name), record, isPrimaryHung: isHung)
    }

    nonisolated func recovery(
        in folder: InstanceFolder,
        _ record: LocalRecord,
        isPrimaryHung: Bool = false
    ) -> Recovery? {
        func facts(_ node: LocalNode) -> NodeFacts {
            let place = folder.node(node.number)
            return NodeFacts(
                number: node.number,
                hasData: problem(with: place, record) == nil,
                isRunning: LocalServer.processID(in: place) != nil,
                isDeaf: LocalServer.missingSocket(of: place) != nil,
                isStandby: LocalFiles.exists(place.standbySignal),
                wasShutDown: LocalServer.wasShutDown(place)
            )
        }
        return Recovery.decide(
            primary: facts(record.primaryNode),
            standby: record.standbyNode.map(facts),
            handover: record.handover,
            isPrimaryHung: isPrimaryHung
        )
    }

    // MARK: Failover

    /// Shuts the primary out for good and lets the standby take over; goes on where an earlier attempt was interrupted.
    func failOver(_ name: String, to number: Int) async throws {
        var record = try record(of: name)
        guard let node = record.node(number) else { throw ProviderError("\(name) has no node \(number)") }
        let old = record.primaryNode
        if record.handover == nil {
            record.handover = Handover(cause: .failover, from: old.number, to: number)
            try write(record, of: name)
        }
        // Sessions that come meanwhile wait at the gateway: there is nobody who could take them.
        let primary = try server(name, record, old)
        try await primary.fence()
        var standby = try server(name, record, node)
        if LocalFiles.exists(standby.folder.standbySignal) {
            do { standby = try await promoted(node, of: name, after: primary) } catch let error as PostgresError
                where error.isConnectionFailure
            {
                // A server that ended while it took over goes on where it was; there is nobody else who could serve.
                standby = try await promoted(node, of: name, after: primary)
            }
        }
        try await follow(name, to: node)
        // Parameters that it got and had not taken over yet, and what it had only for the old primary's sake.
        if try await waitsForRestart(standby) { try await restart(node, of: name) }
    }

    private func promoted(_ node: LocalNode, of name: String, after primary: LocalServer) async throws -> LocalServer {
        _ = try await start(node.number, of: name)
        // It may have got another port.
        let record = try record(of: name)
        let standby = try server(name, record, record.node(node.number) ?? node)
        try await drain(primary.folder, into: standby)
        try await standby.promote()
        return standby
    }

    /// Lets the standby read what the dead primary wrote and could not send any more, where that can be read: then
    /// nothing is lost that was ever acknowledged, whatever the replication.
    private func drain(_ primary: NodeFolder, into standby: LocalServer) async throws {
        let log = primary.data + "/pg_wal"
        guard LocalFiles.exists(log) else { return }
        let path = "'" + log.replacing("'", with: "'\\''").replacing("%", with: "%%") + "/%f'"
        let text = "restore_command = \(ServerConfiguration.quoted("cp \(path) \"%p\""))\n"
        let isNew = try files.write(text, to: standby.folder.takeoverConfiguration, mode: 0o600, owner: serverUser)
        guard isNew else { return }
        try await PostgresConnection.with(standby.administration) { connection in
            files.effects.willPerform("reload the configuration")
            try await connection.reload()
        }
    }

    /// Writes down that a node is the primary now, and lets the endpoint lead to it.
    func follow(_ name: String, to node: LocalNode) async throws {
        var record = try record(of: name)
        record.primary = node.number
        // The old primary is not there to acknowledge anything yet.
        if record.handover?.cause == .failover, record.policy.syncFallback { record.isSynchronous = false }
        record.handover = nil
        try write(record, of: name)
        if isServed(name, record) { try await serveRoutes() }
        _ = try await start(node.number, of: name)
        let server = try server(name, record, node)
        try files.remove(server.folder.takeoverConfiguration)
        try files.remove(server.folder.standbyConfiguration)
        try await makeSlotsOfReplicas(name)
        try await writeNodeFiles(of: name)
    }

    // MARK: Switchover

    /// Lets the standby take over from a primary that serves; no acknowledged write is lost.
    func switchOver(_ name: String, checkpointLimit: Duration) async throws -> ProviderOutcome {
        let primary = try primary(of: name)
        for (role, server) in [("primary", primary), ("standby", try self.standby(of: name).server)]
        where LocalServer.processID(in: server.folder) == nil {
            throw ProviderError(
                "\(name) was not switched over: its \(role) does not run; nothing was changed",
                help: role == "primary" ? "apply lets the standby take over" : "apply starts it"
            )
        }
        for follower in try await followersToRestart(of: name)
        where try await waitsForRestart(server(name, self.record(of: name), follower)) {
            try await restart(follower, of: name)
        }
        // Only now: one that was restarted may have got another port.
        let (node, standby, lag) = try self.standby(of: name)
        try await awaitFollowing(standby, node, primary)
        try await refuseWhenBehind(name, node, lag)
        try await checkpoint(name, limit: checkpointLimit)
        try await refuseWhenBehind(name, node, lag)
        // What waits in between lets others write.
        var record = try self.record(of: name)
        record.handover = Handover(cause: .switchover, from: record.primary, to: node.number)
        try write(record, of: name)
        endBackups(of: name)
        do {
            try await handOver(from: primary, to: standby)
        } catch {
            // What has taken over keeps what it took; else the old primary goes on.
            _ = try await start(name)
            throw error
        }
        try await follow(name, to: node)
        _ = try await attach(name)
        return .performed
    }

    /// The node that may take over, and how far behind it may be then.
    private func standby(of name: String) throws(ProviderError) -> (LocalNode, server: LocalServer, lag: ByteCount) {
        let record = try record(of: name)
        guard let node = record.standbyNode else {
            throw ProviderError(
                "\(name) has no standby to switch over to",
                help: "declare it with availability: { mode: dual } and apply"
            )
        }
        return (node, try server(name, record, node), record.policy.maxSwitchoverLag)
    }

    private func handOver(from primary: LocalServer, to standby: LocalServer) async throws {
        let connection = try await PostgresConnection.open(standby.administration)
        try await connection.closing { connection in
            _ = try await primary.stop()
            guard let control = await primary.controlData(), control.isShutDown else {
                throw ProviderError(
                    "\(primary.folder.data) was not shut down cleanly, so its standby does not take over"
                )
            }
            let deadline = ContinuousClock.now + .seconds(60)
            while try await LocalServer.replayed(connection).map({ $0 < control.checkpoint }) ?? true {
                guard ContinuousClock.now < deadline else {
                    throw ProviderError("the standby has not got everything that the primary wrote within 60 seconds")
                }
                try await Task.sleep(for: .milliseconds(3))
            }
        }
        try await standby.promote()
    }

    /// Refuses a switchover to a standby that does not follow or is too far behind; nothing has been stopped then.
    private func refuseWhenBehind(_ name: String, _ node: LocalNode, _ limit: ByteCount) async throws {
        let rows = try await PostgresConnection.with(administration(of: name, node: nil)) { connection in
            try await connection.query(
                """
                SELECT state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS lag
                FROM pg_stat_replication WHERE application_name = \(bind: node.slot)
                """
            )
        }
        guard let row = rows.first, row.text("state") == "streaming" else {
            throw ProviderError(
                "\(name) was not switched over: node \(node.number) does not follow the primary; nothing was changed",
                help: "apply lets it follow again"
            )
        }
        let lag = ByteCount(bytes: row.integer("lag") ?? 0)
        guard lag <= limit else {
            throw ProviderError(
                "\(name) was not switched over: node \(node.number) is \(lag.bytes) bytes behind, and \(limit) are allowed; nothing was changed",
                help: "wait until it has caught up, or raise availability.maxSwitchoverLag"
            )
        }
    }
}
