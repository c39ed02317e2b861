package import FleetModel
import PostgresClient
import SQL
import SideEffects

/// The moment at which the source takes no more writes and the target takes over, what comes after it, and the way back to
/// what the target was.
extension LocalProvider {
    // MARK: The source

    /// Lets no client in at the source any more. The caller has the source's lock.
    package func fence(_ ends: PhysicalEnds) async throws {
        var record = try record(of: ends.source)
        if let fence = record.fence, fence != ends.slot {
            throw ProviderError("\(ends.source) takes no clients for another migration (\(fence))")
        }
        record.fence = ends.slot
        try write(record, of: ends.source)
        try await writeAccess(of: ends.source)
    }

    /// Lets clients in again. The caller has the source's lock.
    package func unfence(_ ends: PhysicalEnds) async throws {
        var record = try record(of: ends.source)
        guard record.fence == ends.slot else { return }
        record.fence = nil
        try write(record, of: ends.source)
        try await writeAccess(of: ends.source)
    }

    /// A standby that takes over meanwhile must let nobody in either.
    private func writeAccess(of name: String) async throws {
        let record = try record(of: name)
        for node in record.nodes {
            let folder = home.folder(of: name).node(node.number)
            guard folder.takesConfiguration else { continue }
            try writeAuthentication(configuration(of: name, record, node), to: folder.data)
        }
        try await writeNodeFiles(of: name)
    }

    /// Ends the sessions of the fenced source, and returns the place in its log after which no client has written.
    package func endSessions(_ ends: PhysicalEnds, until deadline: ContinuousClock.Instant) async throws
        -> LogPosition
    {
        let connection = try await PostgresConnection.open(primary(of: ends.source).administration)
        return try await connection.closing { connection in
            var quietLooks = 0
            files.effects.willPerform("end the sessions of \(ends.source)")
            // One that was on its way in when the doors closed is listed a moment later.
            while quietLooks < 2 {
                let left = try await connection.query(
                    """
                    SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                      AND NOT (usesysid = 10 AND client_addr IS NULL AND application_name ~ '^pgsteer')
                    """
                )
                quietLooks = left.isEmpty ? quietLooks + 1 : 0
                guard ContinuousClock.now < deadline else {
                    throw ProviderError("\(left.count) sessions of \(ends.source) did not end")
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            return try await end(of: connection)
        }
    }

    /// The end of a server's log, with everything before it on the disk, whatever was committed without waiting for it.
    private func end(of connection: PostgresConnection) async throws -> LogPosition {
        _ = try await connection.query("SET default_transaction_read_only TO off")
        let flush: Statement = "SELECT pg_logical_emit_message(true, 'pgsteer', 'flush')"
        _ = try await connection.query(flush)
        let rows = try await connection.query("SELECT pg_current_wal_insert_lsn()::text AS place")
        _ = try await connection.query(flush)
        guard let place = rows.first.flatMap({ LogPosition($0.text("place")) }) else {
            throw ProviderError("the server does not say where its log is")
        }
        return place
    }

    /// The place that the source's log has now.
    package func writtenPlace(_ ends: PhysicalEnds) async throws -> LogPosition {
        try await PostgresConnection.with(primary(of: ends.source).administration) { try await end(of: $0) }
    }

    /// Waits until the target has replayed everything up to a place; false when that takes too long.
    package func awaitReplay(
        _ ends: PhysicalEnds,
        of place: LogPosition,
        until deadline: ContinuousClock.Instant,
        polling: Duration = .milliseconds(2)
    ) async throws -> Bool {
        let connection = try await PostgresConnection.open(primary(of: ends.target).administration)
        return try await connection.closing { connection in
            while try await LocalServer.replayed(connection).map({ $0 < place }) ?? true {
                guard ContinuousClock.now < deadline else { return false }
                try await Task.sleep(for: polling)
            }
            return true
        }
    }

    /// Leaves the databases of the source as a policy says: such that new sessions only read, or that nobody gets in.
    package func leaveSource(_ ends: PhysicalEnds, isClosed: Bool) async throws {
        try await PostgresConnection.with(primary(of: ends.source).administration) { connection in
            _ = try await connection.query("SET default_transaction_read_only TO off")
            let rows = try await connection.query(
                "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
            )
            for row in rows {
                let name: Statement = "\(identifier: row.text("name"))"
                let limit: Statement = isClosed ? "; ALTER DATABASE \(name) CONNECTION LIMIT 0" : ""
                files.effects.willPerform("leave the database \(row.text("name")) of \(ends.source) as it is to be")
                try await connection.execute(
                    script: "BEGIN; ALTER DATABASE \(name) SET default_transaction_read_only TO on\(limit); COMMIT"
                )
            }
        }
    }

    // MARK: The target

    /// Lets the target take over. The caller has the target's lock.
    package func takeOver(_ ends: PhysicalEnds) async throws {
        if try stage(of: ends) == .tookOver { return }
        let record = try record(of: ends.target)
        _ = try await start(record.primary, of: ends.target)
        try await server(ends.target, record, record.primaryNode).promote()
    }

    /// Ends every process of the target and says whether it had taken over: then it may have taken writes.
    package func stopTakingOver(_ ends: PhysicalEnds) async throws -> Bool {
        let record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        try await server.fence()
        try files.remove(server.folder.data + "/promote")
        return try stage(of: ends) == .tookOver
    }

    /// Makes a target that has taken over an instance like any other: its own data goes, and what made it follow. The caller
    /// has the target's lock.
    package func endCopy(_ ends: PhysicalEnds) async throws {
        var record = try record(of: ends.target)
        let server = try server(ends.target, record, record.primaryNode)
        if record.copy?.slot == ends.slot {
            // Its archive has another log, which ends here.
            if record.ownership.backup != nil {
                try closeArchive(of: ends.target, record)
                // Who leads to it still knows it by the name that it had.
                record.formerIDs = (record.formerIDs ?? []) + [record.id]
                record.id = LocalRecord.newID()
            }
            record.copy = nil
            record.systemIdentifier = LocalServer.systemIdentifier(of: server.folder)
            try write(record, of: ends.target)
        }
        if record.ownership.backup != nil { try makeArchive(of: ends.target, record) }
        try files.remove(NodeFolder.sourceConfiguration(in: server.folder.data))
        try files.remove(server.folder.ownData)
        _ = try await start(record.primary, of: ends.target)
        try await writeNodeFiles(of: ends.target)
    }

    /// Gives the target back as it was before. The caller has the target's lock.
    package func takeCopyBack(_ ends: PhysicalEnds) async throws {
        guard LocalFiles.exists(home.folder(of: ends.target).path) else { return }
        var record = try record(of: ends.target)
        guard let copy = record.copy, copy.slot == ends.slot else { return }
        let server = try server(ends.target, record, record.primaryNode)
        try server.removeUnfinished()
        try files.remove("\(server.folder.path)/\(NodeFolder.copiedName)")
        let removed = "\(server.folder.path)/\(NodeFolder.unfinishedPrefix)removed"
        if LocalFiles.exists(server.folder.ownData) {
            if LocalFiles.exists(server.folder.data) {
                try await server.stopForGood()
                try files.move(server.folder.data, to: removed)
            }
            try files.move(server.folder.ownData, to: server.folder.data)
        }
        record.systemIdentifier = copy.ownSystemIdentifier
        record.copy = nil
        try write(record, of: ends.target)
        try files.remove(removed)
        _ = try await start(record.primary, of: ends.target)
    }
}
