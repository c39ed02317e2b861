import FleetModel
import Glibc
import PostgresClient
import SQL
import SideEffects

/// Parameters: writing them, letting the servers read them, and keeping those that they run with.
extension LocalProvider {
    /// Writes the parameters that are desired, and lets the running servers read them.
    func configure(_ name: String, _ parameters: [String: String]) async throws -> ProviderOutcome {
        let record = try record(of: name)
        let text = ServerConfiguration.parameterFile(parameters)
        var outcome = ProviderOutcome.alreadyDone
        // The primary says first whether it takes the values.
        for node in [record.primaryNode] + record.nodes.filter({ $0.number != record.primary }) {
            let folder = home.folder(of: name).node(node.number)
            if node.number == record.primary {
                try putBackNodeFile(of: name, record, node)
            } else if !folder.takesConfiguration {
                continue
            }
            do {
                if try await configure(try server(name, record, node), name: name, text) { outcome = .performed }
            } catch is PostgresError where node.number != record.primary {
                // One that does not answer reads the file when it is repaired.
                outcome = .performed
            }
        }
        return outcome
    }

    /// Nothing but this data is the primary's, so what somebody removed from it is written again; a follower is made anew.
    private func putBackNodeFile(of name: String, _ record: LocalRecord, _ node: LocalNode) throws(ProviderError) {
        let folder = home.folder(of: name).node(node.number)
        guard !LocalFiles.exists(folder.nodeConfiguration), problem(with: folder, record) == nil else { return }
        try files.makeFolder(folder.configurations, mode: 0o700, owner: serverUser)
        let text = configuration(of: name, record, node).nodeFile
        try files.write(text, to: folder.nodeConfiguration, mode: 0o600, owner: serverUser)
    }

    /// Returns whether there was anything to do.
    func configure(_ server: LocalServer, name: String, _ text: String) async throws -> Bool {
        let folder = server.folder
        let before = LocalFiles.text(folder.configuration)
        if let before, before != text, !LocalFiles.exists(folder.previousConfiguration) {
            try files.write(before, to: folder.previousConfiguration, mode: 0o600, owner: serverUser)
        }
        let isWritten = try files.write(text, to: folder.configuration, mode: 0o600, owner: serverUser)
        guard LocalServer.processID(in: folder) != nil, LocalServer.missingSocket(of: folder) == nil else {
            return isWritten
        }
        return try await PostgresConnection.with(server.administration) { connection in
            // A standby has read what the primary has read, unless somebody was killed in between.
            if server.isStandby, !isWritten, try await self.hasRead(connection, folder) { return false }
            try await self.refuseErrors(connection, name: name, folder, putBack: before)
            if !server.isStandby { try await self.resetOverridden(connection) }
            files.effects.willPerform("reload the configuration")
            try await connection.reload()
            try await self.keepInForce(connection, folder, before: before, now: text)
            return true
        }
    }

    /// Whether the server has read its file of parameters since that was written.
    private func hasRead(_ connection: PostgresConnection, _ folder: NodeFolder) async throws -> Bool {
        var status = stat()
        guard stat(folder.configuration, &status) == 0 else { return false }
        let written = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
        let rows = try await connection.query(
            "SELECT extract(epoch FROM pg_catalog.pg_conf_load_time()) > \(literal: String(written))::float8 AS has"
        )
        return rows.first?.isTrue("has") ?? false
    }

    /// Keeps the parameters that the server runs with, for a start that those in its file would prevent: what waits for a
    /// restart as it was, and all else as it is now.
    private func keepInForce(_ connection: PostgresConnection, _ folder: NodeFolder, before: String?, now: String)
        async throws
    {
        let rows = try await connection.query("SELECT name FROM pg_catalog.pg_settings WHERE pending_restart")
        guard !rows.isEmpty, let before = LocalFiles.text(folder.previousConfiguration) ?? before else {
            return try files.remove(folder.previousConfiguration)
        }
        let text = ServerConfiguration.parameterFile(now, keeping: Set(rows.map { $0.text("name") }), of: before)
        try files.write(text, to: folder.previousConfiguration, mode: 0o600, owner: serverUser)
    }

    /// Asks the server what it thinks of the file before it reads it; on an error the old file is put back.
    private func refuseErrors(
        _ connection: PostgresConnection,
        name: String,
        _ folder: NodeFolder,
        putBack before: String?
    ) async throws {
        // "setting could not be applied" only means that a restart is needed (PostgreSQL manual, pg_file_settings).
        let rows = try await connection.query(
            """
            SELECT name, setting, error FROM pg_catalog.pg_file_settings
            WHERE error IS NOT NULL AND error <> 'setting could not be applied' AND sourcefile = \(bind: folder.configuration)
            """
        )
        guard let row = rows.first else { return }
        if let before { try files.write(before, to: folder.configuration, mode: 0o600, owner: serverUser) }
        throw ProviderError(
            "\(name) refuses \(row.text("name")) = \"\(row.text("setting"))\": \(row.text("error")); nothing was changed",
            help: "correct the value in the specification"
        )
    }

    /// Takes away what was set by hand and would win over the files.
    func resetOverridden(_ connection: PostgresConnection) async throws {
        let overridden = try await connection.query(
            """
            SELECT name FROM pg_catalog.pg_file_settings f WHERE sourcefile LIKE '%/postgresql.auto.conf'
                AND EXISTS (SELECT FROM pg_catalog.pg_file_settings o WHERE lower(o.name) = lower(f.name) AND o.sourcefile LIKE '%/conf.d/%.conf')
            """
        )
        for row in overridden {
            // ALTER SYSTEM by hand would win over what the specification says.
            files.effects.willPerform("ALTER SYSTEM RESET \(row.text("name"))")
            try await connection.execute("ALTER SYSTEM RESET \(identifier: row.text("name"))")
        }
    }
}
