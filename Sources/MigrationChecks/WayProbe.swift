import PostgresClient
import SQL

/// Tries whether the target's server can connect to the source, in the very way that a subscription does. For the way back
/// the two change places.
///
/// `CREATE SUBSCRIPTION` connects before it returns (PostgreSQL manual). It is begun in a transaction that is rolled back, and
/// told to make no slot, so nothing of it stays on either end.
struct WayProbe: Sendable {
    let source: ConnectionTarget
    let target: ConnectionTarget

    func result() async -> WayFacts.Result {
        do {
            let place = try await PostgresConnection.with(source) { await $0.connectionString() }
            return try await PostgresConnection.with(target) { connection in
                try await keepQuiet(connection, hasPassword: source.password != nil)
                return try await attempt(place, connection)
            }
        } catch let untried as Untried {
            return .untried(untried.reason)
        } catch {
            return .untried("\(error)")
        }
    }

    private struct Untried: Error { var reason: String }

    /// The statement holds the source's password: without the right to keep it out of the server's log it is not sent.
    private func keepQuiet(_ connection: PostgresConnection, hasPassword: Bool) async throws {
        let settings: [Statement] = [
            "SET log_statement TO none", "SET log_min_error_statement TO panic", "SET log_min_duration_statement TO -1",
            "SET log_duration TO off",
        ]
        for setting in settings {
            do throws(PostgresError) {
                _ = try await connection.query(setting)
            } catch {
                if !hasPassword { continue }
                throw Untried(reason: "the account cannot keep the other end's password out of the server's log")
            }
        }
    }

    private func attempt(_ place: String, _ connection: PostgresConnection) async throws -> WayFacts.Result {
        let name = "pgsteer_probe_\(UInt32.random(in: 0...UInt32.max))"
        _ = try await connection.query("BEGIN")
        let result: WayFacts.Result
        do throws(PostgresError) {
            _ = try await connection.query(
                """
                CREATE SUBSCRIPTION \(identifier: name) CONNECTION \(secret: place) PUBLICATION pgsteer_probe
                WITH (create_slot = false, slot_name = NONE, enabled = false, copy_data = false, connect = true)
                """
            )
            result = .reached
        } catch {
            result = .refused(error.sentence)
        }
        _ = try await connection.query("ROLLBACK")
        return result
    }
}
