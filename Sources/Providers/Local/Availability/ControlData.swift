import FleetModel

/// What a data folder's control file says, as `pg_controldata` prints it (PostgreSQL manual, `pg_controldata`).
struct ControlData: Hashable, Sendable {
    /// `shut down`, `shut down in recovery`, `in production`, ...
    var state: String
    /// Where the last checkpoint's record is; after a clean stop, the end of everything that was written.
    var checkpoint: LogPosition
    /// What the primary had when this was written, of the parameters that a standby must not have less of.
    var floors: [String: Int]

    var isShutDown: Bool { state == "shut down" }

    /// The parameters that a standby must not have smaller than its primary, with their names in the control file
    /// (PostgreSQL manual, section 27.4.3).
    private static let floorNames = [
        "max_connections setting": "max_connections",
        "max_worker_processes setting": "max_worker_processes",
        "max_wal_senders setting": "max_wal_senders",
        "max_prepared_xacts setting": "max_prepared_transactions",
        "max_locks_per_xact setting": "max_locks_per_transaction",
    ]

    /// Reads the output of `pg_controldata` in the C locale; nil when it is none.
    init?(_ text: String) {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        guard
            let state = values["Database cluster state"],
            let checkpoint = values["Latest checkpoint location"].flatMap(LogPosition.init)
        else { return nil }
        self.state = state
        self.checkpoint = checkpoint
        floors = [:]
        for (label, name) in Self.floorNames { floors[name] = values[label].flatMap { Int($0) } }
    }
}
