import FleetModel
import PostgresClient
import SQL
import SideEffects

/// Making one instance a standby of another one: the copy of its data, and the place that the copy takes.
///
/// The target's own data stays beside the copy until the end, so that it can be given back as it was. Every step may be
/// repeated after a crash; what is there tells how far an earlier attempt got.
extension LocalProvider {
    /// How far the data of the target is.
    package func stage(of ends: PhysicalEnds) throws(ProviderError) -> PhysicalStage {
        let record = try record(of: ends.target)
        guard let copy = record.copy, copy.slot == ends.slot, copy.isSafe else { return .nothing }
        let folder = home.folder(of: ends.target).node(record.primary)
        // Its own data is put aside just before the copy takes its place, and nothing else comes there meanwhile.
        guard LocalFiles.exists(folder.ownData), LocalFiles.exists(folder.data) else { return .nothing }
        return LocalFiles.exists(folder.standbySignal) ? .following : .tookOver
    }

    /// Whether the target is marked as filled by this migration.
    package func isFilled(_ ends: PhysicalEnds) -> Bool { (try? record(of: ends.target))?.copy?.slot == ends.slot }

    /// Lets nobody else change the target from now on, and takes its followers' data away: it would be of no use
    /// afterwards. The caller has the target's lock.
    package func beginCopy(_ ends: PhysicalEnds) async throws {
        var record = try record(of: ends.target)
        if let copy = record.copy, copy.slot != ends.slot {
            throw ProviderError("\(ends.target) is being filled by the migration \(copy.migration)")
        }
        let primary = try server(ends.target, record, record.primaryNode)
        if record.copy == nil {
            // What an earlier migration left beside data that is the instance's own by now.
            for left in [primary.folder.ownData, "\(primary.folder.path)/\(NodeFolder.copiedName)"] {
                try files.remove(left)
            }
            record.copy = PhysicalCopy(
                migration: ends.migration,
                slot: ends.slot,
                source: ends.source,
                ownSystemIdentifier: record.systemIdentifier
            )
            // Nobody is there to acknowledge anything until its standby has been made anew.
            record.isSynchronous = false
        }
        // What an earlier copy was is of no use from here on.
        record.copy?.isSafe = false
        record.copy?.sourceID = try self.record(of: ends.source).id
        try write(record, of: ends.target)
        endBackups(of: ends.target)
        // A server on an earlier copy, which an interrupted run may have started, holds the slot and would take the new one.
        if LocalFiles.exists(primary.folder.ownData) { try await primary.stopForGood() }
        for node in record.nodes where node.number != record.primary {
            let server = try server(ends.target, record, node)
            if await server.isAnswering { try await server.stopForGood() } else { try await server.fence() }
            try server.removeUnfinished()
            try files.remove(server.folder.data)
        }
        // A target that is stopped reads its files when it starts.
        if LocalServer.processID(in: home.folder(of: ends.target).node(record.primary)) != nil {
            try await writeNodeFiles(of: ends.target)
        }
    }

    // MARK: The copy

    /// Copies the source's data beside that of the target, which goes on serving; takes as long as that takes.
    package func makeCopy(_ ends: PhysicalEnds) async throws {
        let record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        let source = try primary(of: ends.source)
        try server.removeUnfinished()
        try await PostgresConnection.with(source.administration) { connection in
            // One that an earlier copy left keeps more than is needed.
            try await self.dropSlot(ends.slot, connection)
            _ = try await self.makeSlot(ends.slot, connection)
        }
        let copied = server.replacing(folder: NodeFolder(path: server.folder.path, dataName: NodeFolder.copiedName))
        let parameters = LocalFiles.text(server.folder.configuration) ?? ""
        let settled = configuration(of: ends.target, record, record.primaryNode)
        let following = sourceFile(ends, source, floors: [:], parameters: parameters)
        try await copied.makeData(
            by: "pg_basebackup",
            [
                "--dbname=\(connectionString(to: source, as: ends.slot))", "--no-password", "--wal-method=stream",
                "--checkpoint=fast", "--slot=\(ends.slot)", "--no-manifest",
                // The server syncs everything when it starts on the copy; until it has, the copy counts for nothing.
                "--no-sync",
            ]
        ) { data throws(ProviderError) in
            try self.writeOver(settled, parameters, to: data)
            let path = NodeFolder.sourceConfiguration(in: data)
            try self.files.write(following, to: path, mode: 0o600, owner: self.serverUser)
            try self.files.write("", to: data + "/standby.signal", mode: 0o600, owner: self.serverUser)
        }
    }

    /// Ends a copy that is being made.
    package func stopCopying(_ ends: PhysicalEnds) throws {
        let record = try record(of: ends.target)
        files.effects.willPerform("end pg_basebackup, which copies \(ends.source)")
        try server(ends.target, record, record.primaryNode).removeUnfinished()
    }

    /// Bytes that have been copied, and all there are; nil while nothing is copied.
    package func copyProgress(_ ends: PhysicalEnds) async throws -> (done: Int, all: Int)? {
        let rows = try await PostgresConnection.with(primary(of: ends.source).administration) { connection in
            try await connection.query(
                """
                SELECT p.backup_streamed AS done,
                  (SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datallowconn OR datistemplate)::int8 AS all
                FROM pg_stat_progress_basebackup p JOIN pg_stat_activity a USING (pid)
                WHERE a.application_name = \(bind: ends.slot)
                """
            )
        }
        guard let row = rows.first, let done = row.integer("done"), let all = row.integer("all") else { return nil }
        return (done, max(all, done))
    }

    /// Lets a complete copy take the place of the target's data, which is kept. The caller has the target's lock.
    package func adoptCopy(_ ends: PhysicalEnds) async throws {
        var record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        let copied = "\(server.folder.path)/\(NodeFolder.copiedName)"
        guard LocalFiles.exists(copied) else { return }
        if LocalFiles.exists(server.folder.data) { try await server.stopForGood() }
        if LocalFiles.exists(server.folder.ownData) {
            // What is in the way is an earlier copy.
            try files.remove(server.folder.data)
        } else {
            try files.move(server.folder.data, to: server.folder.ownData)
        }
        try files.move(copied, to: server.folder.data)
        record.systemIdentifier = LocalServer.systemIdentifier(of: server.folder)
        try write(record, of: ends.target)
    }

    // MARK: Following

    /// Lets the target follow, or go on with it. The caller has the target's lock.
    package func followSource(_ ends: PhysicalEnds) async throws {
        let record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        // Killed between the last two steps of taking the place.
        if record.systemIdentifier != LocalServer.systemIdentifier(of: server.folder) {
            var mended = record
            mended.systemIdentifier = LocalServer.systemIdentifier(of: server.folder)
            try write(mended, of: ends.target)
        }
        let text = sourceFile(
            ends,
            try primary(of: ends.source),
            floors: await server.controlData()?.floors ?? [:],
            parameters: LocalFiles.text(server.folder.configuration) ?? ""
        )
        try await writeSourceFile(text, of: ends.target, server)
        _ = try await start(record.primary, of: ends.target)
        var safe = try self.record(of: ends.target)
        safe.copy?.isSafe = true
        try write(safe, of: ends.target)
    }

    /// Lets the target fetch nothing more; the source keeps what it will need. The caller has the target's lock.
    package func stopFollowing(_ ends: PhysicalEnds) async throws {
        guard try stage(of: ends) == .following else { return }
        let record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        let path = NodeFolder.sourceConfiguration(in: server.folder.data)
        let lines = (LocalFiles.text(path) ?? "").split(separator: "\n").filter { !$0.hasPrefix("primary_conninfo") }
        let text = (lines + ["primary_conninfo = ''"]).joined(separator: "\n") + "\n"
        try await writeSourceFile(text, of: ends.target, server)
    }

    private func writeSourceFile(_ text: String, of name: String, _ server: LocalServer) async throws {
        let path = NodeFolder.sourceConfiguration(in: server.folder.data)
        let isNew = try files.write(text, to: path, mode: 0o600, owner: serverUser)
        guard isNew, LocalServer.processID(in: server.folder) != nil else { return }
        try await PostgresConnection.with(server.administration) { connection in
            files.effects.willPerform("reload the configuration")
            try await connection.reload()
        }
    }

    private func connectionString(to source: LocalServer, as name: String) -> String {
        "host=\(ServerConfiguration.connectionValue(source.sockets)) port=\(source.port) user=postgres application_name=\(name) connect_timeout=5"
    }

    /// What makes the target a standby of the source; read after the parameters of its specifications.
    private func sourceFile(
        _ ends: PhysicalEnds,
        _ source: LocalServer,
        floors: [String: Int],
        parameters: String
    ) -> String {
        let settings = [
            ("primary_slot_name", ends.slot), ("hot_standby", "on"), ("recovery_target_timeline", "latest"),
            ("wal_retrieve_retry_interval", "200ms"), ("synchronous_standby_names", ""),
            // What it writes first when it takes over goes into an archive of its own, which begins then.
            ("archive_command", "/bin/false"), ("primary_conninfo", connectionString(to: source, as: ends.slot)),
        ]
        let lines = settings.map { "\($0.0) = \(ServerConfiguration.quoted($0.1))" }
        return "# Written by pgsteer: the migration \(ends.migration) fills this instance from \(ends.source).\n"
            + (StandbyFloors.file(floors: floors, parameterFile: parameters) ?? "")
            + lines.joined(separator: "\n") + "\n"
    }

    /// How far the target is behind.
    package func position(_ ends: PhysicalEnds) async throws -> PhysicalPosition {
        let source = try primary(of: ends.source)
        let rows = try await PostgresConnection.with(source.administration) { connection in
            try await connection.query(
                """
                SELECT pg_current_wal_lsn()::text AS place,
                  (SELECT max(state) FROM pg_stat_replication WHERE application_name = \(bind: ends.slot)) AS state,
                  (SELECT wal_status FROM pg_replication_slots WHERE slot_name = \(bind: ends.slot)) AS slot
                """
            )
        }
        let record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        guard LocalServer.processID(in: server.folder) != nil else {
            throw ProviderError("the server of \(ends.target) does not run", log: server.logLines(since: 0))
        }
        let answers = try await PostgresConnection.with(server.administration) { connection in
            try await connection.query(
                """
                SELECT pg_last_wal_replay_lsn()::text AS place,
                  CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                    ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END AS age
                """
            )
        }
        guard let here = rows.first, let there = answers.first, let written = LogPosition(here.text("place")) else {
            throw ProviderError("\(ends.source) does not say where its log is")
        }
        let replayed = LogPosition(there.text("place"))
        var position = PhysicalPosition(
            gapBytes: replayed?.distance(behind: written) ?? 0,
            lagSeconds: there["age"].flatMap(Double.init) ?? 0
        )
        if here["slot"] == nil {
            position.problem = "the replication slot \(ends.slot) is gone from \(ends.source)"
        } else if here.text("slot") == "lost" {
            position.problem = "\(ends.source) has given up the replication slot \(ends.slot)"
        } else if here["state"] == nil {
            position.problem = "\(ends.target) does not fetch the log of \(ends.source)"
        }
        return position
    }

    /// Whether the copy that the target has is one of this source, and not of one that has been made anew under its name.
    package func isCopyOfSource(_ ends: PhysicalEnds) throws(ProviderError) -> Bool {
        guard let copied = try record(of: ends.target).copy?.sourceID else { return true }
        return try copied == record(of: ends.source).id
    }

    /// Whether the source still keeps what the target needs.
    package func hasSlot(_ ends: PhysicalEnds) async throws -> Bool {
        try await PostgresConnection.with(primary(of: ends.source).administration) { connection in
            let rows = try await connection.query(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = \(bind: ends.slot)"
            )
            return rows.first.map { $0.text("wal_status") != "lost" } ?? false
        }
    }

    /// Removes what the source keeps for the target.
    package func dropSlot(_ ends: PhysicalEnds) async throws {
        try await PostgresConnection.with(primary(of: ends.source).administration) { connection in
            try await self.dropSlot(ends.slot, connection)
        }
    }
}
