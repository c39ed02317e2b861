import PostgresClient
import SQL
import TestSupport
import Testing

@Suite struct PostgresErrorTests {
    @Test func `an error shows its state and its statement without secrets`() {
        let statement: Statement = "ALTER ROLE x PASSWORD \(secret: "geheim")"
        let error = PostgresError(
            sqlState: "42501",
            message: "permission denied",
            hint: "ask",
            statement: statement.shown
        )
        #expect("\(error)" == "permission denied (SQLSTATE 42501); hint: ask; in: ALTER ROLE x PASSWORD '****'")
        #expect(!error.isConnectionFailure)
        #expect(PostgresError(message: "gone").isConnectionFailure)
    }

    @Test func `a server that is not there is a connection failure that names the address`() async {
        let target = ConnectionTarget(.host("127.0.0.1", port: 1), user: "a", database: "b", password: "geheim")
        await #expect {
            _ = try await PostgresConnection.open(target)
        } throws: { error in
            guard let error = error as? PostgresError else { return false }
            return error.isConnectionFailure && error.message.contains("127.0.0.1")
                && !"\(error)\(target)".contains("geheim")
        }
    }
}
