import FleetModel
import Glibc
import PostgresClient
import SQL
import SideEffects

extension LocalServer {
    var administration: ConnectionTarget { Self.administration(sockets: sockets, port: port) }

    /// Where to connect as the one who may do everything.
    ///
    /// What pgsteer itself writes does not wait for a standby: it would be planned again if it were lost.
    static func administration(sockets: String, port: Int) -> ConnectionTarget {
        var target = ConnectionTarget(.host(sockets, port: port), user: "postgres", database: "postgres")
        target.waitsForStandby = false
        // On this host an answer that takes longer does not come.
        target.timeout = .seconds(2)
        return target
    }

    /// Reads the control file; nil when there is none that can be read.
    func controlData() async -> ControlData? {
        guard let result = try? await ChildProcess.run("\(binaries)/pg_controldata", ["-D", folder.data], as: user),
            result.isSuccess
        else { return nil }
        return ControlData(result.output)
    }

    /// Whether the server is to start as a standby, or runs as one: it removes the file when it takes over.
    var isStandby: Bool { LocalFiles.exists(folder.standbySignal) }

    /// Whether the server takes a session and answers a statement in a time in which any server does that lives.
    var isAnswering: Bool {
        get async { await PostgresProbe.isAnswering(administration, within: Self.probePatience) }
    }

    /// The second of two looks before a primary is shut out: who comes here has found it silent already.
    private static let probePatience = Duration.milliseconds(500)

    // MARK: Taking over

    /// Ends every process that works on the data, so that none of them ever writes again.
    ///
    /// Killing the postmaster alone would leave sessions that go on committing until they notice. So it is stopped
    /// first, and can start no other; then all are killed, until none is left.
    func fence() async throws(ProviderError) {
        let master = Self.processID(in: folder)
        guard master != nil || !processes.isEmpty else { return }
        files.effects.willPerform("end all processes of the server in \(folder.data)")
        if let master { kill(pid_t(master), SIGSTOP) }
        for _ in 0..<2000 {
            let left = processes
            if left.isEmpty { return }
            for processID in left { kill(pid_t(processID), SIGKILL) }
            try? await Task.sleep(for: .milliseconds(2))
        }
        throw ProviderError(
            "processes of the server in \(folder.data) do not end, so that no other server may take over",
            help: "end them by hand and run it again: \(processes.map(String.init).joined(separator: " "))"
        )
    }

    /// The server's processes, also when its data folder has been removed or renamed under it.
    private var processes: [Int] {
        ProcessTable.processes(workingIn: folder.data) + ProcessTable.processes(workingIn: folder.data + " (deleted)")
            + ProcessTable.processes(mentioning: folder.data)
    }

    /// Lets a running standby take over, and returns when it takes writes.
    ///
    /// As pg_ctl does it (a file and a signal), but for asking every few milliseconds and not ten times a second.
    func promote() async throws {
        let connection = try await PostgresConnection.open(administration)
        try await connection.closing { connection in
            if try await !Self.isInRecovery(connection) { return }
            guard let processID = Self.processID(in: folder) else {
                throw ProviderError("\(folder.data) has no server")
            }
            files.effects.willPerform("let the server in \(folder.data) take over")
            try files.touch(folder.data + "/promote", owner: user)
            kill(pid_t(processID), SIGUSR1)
            let deadline = ContinuousClock.now + .seconds(60)
            while try await Self.isInRecovery(connection) {
                guard ContinuousClock.now < deadline else {
                    throw ProviderError("the server in \(folder.data) does not take over", log: logLines(since: 0))
                }
                try await Task.sleep(for: .milliseconds(3))
            }
        }
    }

    private static func isInRecovery(_ connection: PostgresConnection) async throws(PostgresError) -> Bool {
        try await connection.query("SELECT pg_is_in_recovery() AS yes").first?.isTrue("yes") ?? false
    }

    // MARK: Becoming a standby

    /// Copies the data of a running primary.
    ///
    /// - Parameter prepare: Makes the copy the data of this node, before it gets its name.
    func copy(
        _ primary: LocalServer,
        slot: String,
        prepare: (_ folder: String) throws(ProviderError) -> Void
    ) async throws(ProviderError) {
        try await makeData(
            by: "pg_basebackup",
            [
                "--host=\(primary.sockets)", "--port=\(primary.port)", "--username=postgres", "--no-password",
                "--wal-method=stream", "--checkpoint=fast", "--slot=\(slot)",
            ],
            prepare: prepare
        )
    }

    /// How far the server has replayed its primary's log; nil when it takes no session, or is no standby.
    var replayed: LogPosition? {
        get async {
            guard let connection = try? await PostgresConnection.open(administration) else { return nil }
            let place = try? await Self.replayed(connection)
            await connection.close()
            return place
        }
    }

    /// Whether the server replays nothing until somebody lets it, or restarts it; false for one that takes no session.
    ///
    /// A standby stands still when its primary has more of `max_connections` and the like (PostgreSQL manual, 27.4.3).
    var isReplayPaused: Bool {
        get async {
            let rows = try? await PostgresConnection.with(administration) { connection in
                try await connection.query(
                    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused"
                )
            }
            return rows?.first?.isTrue("paused") ?? false
        }
    }

    static func replayed(_ standby: PostgresConnection) async throws(PostgresError) -> LogPosition? {
        try await standby.query("SELECT pg_last_wal_replay_lsn()::text AS place").first?["place"]
            .flatMap(LogPosition.init)
    }

    /// Takes back what this stopped server has and the primary has not; false when that cannot be done.
    func rewind(to primary: LocalServer) async throws -> Bool {
        // The tool reads the primary's timeline from its control file.
        try await PostgresConnection.with(primary.administration) { connection in
            files.effects.willPerform("CHECKPOINT")
            try await connection.execute("CHECKPOINT")
        }
        try files.write("", to: folder.unfinishedRewind, mode: 0o600)
        files.effects.willPerform("rewind \(folder.data)")
        let source =
            "host=\(ServerConfiguration.connectionValue(primary.sockets)) port=\(primary.port) user=postgres dbname=postgres"
        let result = try await ChildProcess.run(
            "\(binaries)/pg_rewind",
            ["--target-pgdata=\(folder.data)", "--source-server=\(source)"],
            as: user
        )
        if result.isSuccess { try files.remove(folder.unfinishedRewind) }
        return result.isSuccess
    }
}
