package import SQL

/// Sessions that stay open between questions, for who asks the same servers every moment: beginning a session costs a
/// server more than most questions.
package actor KeptSessions {
    private var connections: [ConnectionTarget: PostgresConnection] = [:]

    package init() {}

    /// Asks a server in the session that is kept with it; in a new one where there is none, or where it has ended.
    package func query(_ statement: Statement, on target: ConnectionTarget) async throws -> [Row] {
        if let connection = connections[target] {
            do { return try await connection.query(statement) } catch {
                // The server may have been started anew since.
                connections[target] = nil
                await connection.close()
            }
        }
        let connection = try await PostgresConnection.open(target)
        connections[target] = connection
        return try await connection.query(statement)
    }
}
