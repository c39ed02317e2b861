import PostgresClient
import SQL

/// The parameters that a standby must not have smaller than its primary: it would stop replaying, and not start again
/// (PostgreSQL manual, section 27.4.3).
enum StandbyFloors {
    /// With the values that servers are built with.
    static let defaults = [
        "max_connections": 100, "max_locks_per_transaction": 64, "max_prepared_transactions": 0, "max_wal_senders": 10,
        "max_worker_processes": 8,
    ]

    /// Whether the primary would come back from a restart with less of one of them.
    static func isLowered(_ primary: PostgresConnection) async throws(PostgresError) -> Bool {
        let rows = try await primary.query(
            """
            SELECT s.name FROM pg_catalog.pg_settings s LEFT JOIN LATERAL (
                SELECT f.setting FROM pg_catalog.pg_file_settings f WHERE f.name = s.name ORDER BY f.seqno DESC LIMIT 1
            ) f ON true
            WHERE s.name = ANY (\(bind: "{" + defaults.keys.sorted().joined(separator: ",") + "}"))
                AND coalesce(f.setting, s.boot_val)::int < s.setting::int
            """
        )
        return !rows.isEmpty
    }

    /// Returns the file that gives a standby what it needs although the specifications ask for less by now; nil when
    /// they do not.
    ///
    /// - Parameters:
    ///   - floors: What the primary had when the standby's control file was written.
    ///   - parameterFile: The file with the parameters of the specifications.
    static func file(floors: [String: Int], parameterFile: String) -> String? {
        var asked = defaults
        for line in parameterFile.split(separator: "\n") {
            let parts = line.split(separator: " = ", maxSplits: 1)
            if parts.count == 2, asked[String(parts[0])] != nil {
                asked[String(parts[0])] = Int(parts[1].filter { $0 != "'" })
            }
        }
        let missing = floors.filter { name, floor in (asked[name] ?? floor) < floor }
        if missing.isEmpty { return nil }
        let lines = missing.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        return "# Written by pgsteer: the primary still had this much when the standby saw it last.\n"
            + lines.joined(separator: "\n") + "\n"
    }
}
