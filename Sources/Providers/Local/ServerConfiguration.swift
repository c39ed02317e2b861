import FleetModel

/// The configuration files of one node of an instance, as texts.
struct ServerConfiguration {
    let record: LocalRecord
    let node: LocalNode
    let instance: String
    let socketFolder: String
    /// The folder of the node's log.
    let logFolder: String
    /// Where certificates are.
    let folder: InstanceFolder
    /// What archives the log when it is to be kept; see ``ArchiveScript``.
    let archive: ArchiveCommands
    /// Whether the log holds too little to be archived: `wal_level: minimal`.
    var isLogMinimal = false
    /// Who may connect through the Unix socket as the server's superuser.
    let administrators: [String]

    /// What makes the server this node of this instance; read before the parameters of the specifications, which win.
    var nodeFile: String {
        let lines =
            [
                "# Written by pgsteer for node \(node.number) of \(instance) (\(record.id)); what is changed here by hand is lost.",
                "# endpoint \(record.address):\(record.port)",
            ] + (service + archiving + replication + fencing).map { "\($0.0) = \(Self.quoted($0.1))" } + encryptionLines
        return lines.joined(separator: "\n") + "\n"
    }

    private var service: [(String, String)] {
        [
            ("listen_addresses", "127.0.0.1"),
            ("port", String(node.port)),
            ("unix_socket_directories", socketFolder),
            ("unix_socket_permissions", "0777"),
            ("cluster_name", instance),
        ] + logging
    }

    /// The server's collector writes one file, and opens it again when it is told to: `LogRotation` says when.
    private var logging: [(String, String)] {
        [
            ("logging_collector", "on"),
            ("log_directory", logFolder),
            ("log_filename", "server.log"),
            ("log_rotation_age", "0"),
            ("log_rotation_size", "0"),
            // What follows tells who did what and when, for logs and drift; a specification may say otherwise.
            ("log_line_prefix", "%m [%p] %q%u@%d/%a "),
            ("log_timezone", "UTC"),
            ("log_min_duration_statement", "1s"),
        ]
    }

    /// While clients are shut out, what comes in all the same only reads.
    private var fencing: [(String, String)] {
        record.fence == nil ? [] : [("default_transaction_read_only", "on")]
    }

    /// The lines that let the server speak TLS; none while it does not.
    var encryptionLines: [String] {
        guard let tls = record.tls, tls.mode != .off, let name = tls.certificate else { return [] }
        return [("ssl", "on"), ("ssl_cert_file", folder.certificate(name)), ("ssl_key_file", folder.key(name))]
            .map { "\($0.0) = \(Self.quoted($0.1))" }
    }

    /// With an archiver that passes over everything, archiving can be turned on later without a restart.
    ///
    /// Only the primary archives. What its standby has is archived when it has taken over.
    private var archiving: [(String, String)] {
        guard record.hasArchiver, !isLogMinimal else { return [] }
        guard record.ownership.backup != nil else {
            return [("archive_mode", "on"), ("archive_command", archive.passing)]
        }
        return [
            ("archive_mode", "on"), ("archive_command", archive.keeping),
            // The most that is lost with the host's disk; a specification may say otherwise.
            ("archive_timeout", "60s"),
        ]
    }

    /// Whether a file of parameters asks for a log that cannot be archived.
    static func isLogMinimal(_ parameterFile: String) -> Bool {
        parameterFile.split(separator: "\n").contains { $0.lowercased() == "wal_level = 'minimal'" }
    }

    /// A node that may be the primary can be either: a primary passes over what is for a standby, and the other way round,
    /// so that nothing has to be written when one takes over. A replica follows the primary there is.
    private var replication: [(String, String)] {
        guard record.nodes.count > 1 else { return [] }
        let partner = record.nodes.first { $0.number != node.number && $0.group == nil }
        var settings: [(String, String)] = []
        if let source = node.group == nil ? partner : record.primaryNode {
            settings += [("primary_conninfo", connectionString(to: source)), ("primary_slot_name", node.slot)]
        }
        if node.group == nil, let partner {
            settings.append(("synchronous_standby_names", isSynchronous ? partner.slot : ""))
        }
        return settings + [
            // A standby that stays away must not fill the disk; a specification may say otherwise.
            ("max_slot_wal_keep_size", "\(keptForStandby)MB"),
            ("hot_standby", "on"),
            // How soon a standby looks for its primary again; PostgreSQL's own 5 s is meant for another host.
            ("wal_retrieve_retry_interval", "200ms"),
        ]
    }

    /// A standby that takes over from a primary which is gone must not wait for it, unless it is told to.
    private var isSynchronous: Bool {
        record.isSynchronous && (node.number == record.primary || !record.policy.syncFallback)
    }

    /// Half of the storage that the instance may use, and 4 GiB where nothing is said.
    private var keptForStandby: Int {
        let storage = record.ownership.size["storage"].flatMap(ByteCount.init)
        return max(1024, (storage ?? .mebibytes(8192)).bytes >> 21)
    }

    /// Nodes find each other through the Unix sockets of their instance, as the user who runs both: there is no password.
    private func connectionString(to other: LocalNode) -> String {
        "host=\(Self.connectionValue(socketFolder)) port=\(other.port) user=postgres application_name=\(node.slot) connect_timeout=5"
    }

    /// The file with the parameters that the specifications ask for.
    static func parameterFile(_ parameters: [String: String]) -> String {
        let lines =
            ["# Written by pgsteer from the specifications; what is changed here by hand is lost."]
            + parameters.sorted { $0.key < $1.key }.map { "\($0.key) = \(quoted($0.value))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A file of parameters in which some are as another file has them, or not there where that has none.
    static func parameterFile(_ text: String, keeping names: Set<String>, of other: String) -> String {
        func isKept(_ line: Substring) -> Bool {
            names.contains { $0.isSameName(as: line.prefix { $0 != "=" }.split(separator: " ").first.map(String.init)) }
        }
        let lines = text.split(separator: "\n").filter { !isKept($0) } + other.split(separator: "\n").filter(isKept)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Clients come through the gateway with a password; only this host's administrators use the socket.
    ///
    /// The bootstrap superuser has no password and never comes over TCP.
    var hostBasedAuthentication: String {
        if record.fence != nil {
            return """
                # Written by pgsteer while nobody may write here; what is changed here by hand is lost.
                local all,replication postgres peer map=pgsteer

                """
        }
        let kind = record.tls?.mode == .require ? "hostssl" : "host"
        return """
            # Written by pgsteer; what is changed here by hand is lost.
            local all,replication postgres peer map=pgsteer
            local all all scram-sha-256
            host all postgres 0.0.0.0/0 reject
            host all postgres ::/0 reject
            \(kind) all all 127.0.0.1/32 scram-sha-256

            """
    }

    var userNameMap: String {
        (["# Written by pgsteer; what is changed here by hand is lost."]
            + administrators.map { "pgsteer \($0) postgres" })
            .joined(separator: "\n") + "\n"
    }

    /// What initdb's postgresql.conf gets at its end, so that our files win over it.
    static let include = "\n# Added by pgsteer\ninclude_dir = 'conf.d'\n"

    /// PostgreSQL manual, section 20.1.2: quotes are doubled, and a backslash starts an escape.
    static func quoted(_ value: String) -> String {
        "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
    }

    /// PostgreSQL manual, section 34.1.1.1: quotes and backslashes get a backslash.
    static func connectionValue(_ value: String) -> String {
        "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
