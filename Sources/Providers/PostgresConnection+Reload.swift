import PostgresClient
import SQL

extension PostgresConnection {
    /// Lets the server read its configuration, and returns when our session has seen it.
    ///
    /// The postmaster reads first and only then tells its children, so that a session which has read the files proves
    /// that every later session has, too.
    func reload() async throws {
        let before = try loadTime()
        try execute("SELECT pg_catalog.pg_reload_conf()")
        for _ in 0..<2000 {
            if try loadTime() != before { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw ProviderError("the server did not read its configuration within 10 seconds")
    }

    private func loadTime() throws(PostgresError) -> String {
        try query("SELECT pg_catalog.pg_conf_load_time()::text AS time").first?.text("time") ?? ""
    }
}
