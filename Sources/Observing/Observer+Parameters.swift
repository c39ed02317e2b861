import PostgresClient
package import Resources
import SQL

/// Parameters as a server has them: what sessions get, what its files say, what waits for a restart.
extension Observer {
    /// Reads the parameters that new sessions of a server start with, and what waits for a restart.
    package func parameters(of name: String) async throws -> [String: ObservedParameter] {
        let connection = try await open(name, first: ObservedParameter.observation)
        return try await connection.closing { connection in
            var parameters = await Self.parameters(connection)
            try await Self.readOverridden(into: &parameters, connection)
            try await readFiles(into: &parameters, asked: [], connection)
            return parameters
        }
    }

    /// Reads from the server's files what our own session was given by its role, its database or for all roles; only when
    /// there is any, and as far as our role may.
    static func readOverridden(
        into parameters: inout [String: ObservedParameter],
        _ connection: PostgresConnection
    ) async throws {
        let overridden = parameters.values.filter(\.isOverridden).map(\.name)
        guard !overridden.isEmpty, let rows = try await fileLines(connection) else { return }
        let lines = Dictionary(rows.map { ($0.text("name").lowercased(), $0) }) { first, _ in first }
        for name in overridden { parameters[name]?.takeServersValue(lines[name.lowercased()]) }
    }

    static func parameters(_ connection: PostgresConnection) async -> [String: ObservedParameter] {
        let rows = await connection.firstRows
        return Dictionary(rows.map { ($0.text("name"), ObservedParameter($0)) }) { first, _ in first }
    }

    /// What waits for a restart, and what no module of the server knows, is read from its files; only when there is any.
    ///
    /// - Parameter asked: The names of parameters that are declared, or were; nil for whatever is in the files.
    func readFiles(
        into parameters: inout [String: ObservedParameter],
        asked: [String]?,
        _ connection: PostgresConnection
    ) async throws(PostgresError) {
        var hidden = Dictionary(
            (asked ?? []).filter { parameters[$0] == nil }.map { ($0.lowercased(), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        guard asked == nil || !hidden.isEmpty || parameters.values.contains(where: \.isPendingRestart),
            let rows = try await Self.fileLines(connection)
        else { return }
        if asked == nil {
            let names = rows.map { $0.text("name") }.filter { $0.contains(".") && parameters[$0] == nil }
            hidden = Dictionary(names.map { ($0.lowercased(), $0) }) { first, _ in first }
        }
        for name in parameters.values.filter(\.isPendingRestart).map(\.name) { parameters[name]?.isTakenOut = true }
        for row in rows {
            if let name = hidden[row.text("name").lowercased()] {
                parameters[name] = ObservedParameter(placeholder: row)
            } else if parameters[row.text("name")]?.isPendingRestart ?? false {
                parameters[row.text("name")]?.waits(for: row)
            }
        }
    }

    /// What every session of the server starts with, whoever it belongs to (PostgreSQL manual, ALTER ROLE, `ALL`).
    func readSettingsOfAllRoles(
        into server: inout ObservedServer,
        _ connection: PostgresConnection
    ) async throws(PostgresError) {
        let names: Statement = """
            SELECT split_part(c, '=', 1) AS name FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) c
            WHERE s.setrole = 0 AND s.setdatabase = 0 ORDER BY 1
            """
        server.settingsOfAllRoles = try await connection.query(names).map { $0.text("name") }
    }

    /// The line of the server's files that counts, for each parameter; nil when our role may not read them.
    private static func fileLines(_ connection: PostgresConnection) async throws(PostgresError) -> [Row]? {
        guard try await connection.query(ObservedParameter.readsFiles).first?.isTrue("yes") ?? false else { return nil }
        return try await connection.query(ObservedParameter.waitingObservation)
    }
}
