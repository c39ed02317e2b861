/// The configuration files of a server on this host, as texts.
struct ServerConfiguration {
    let record: LocalRecord
    let instance: String
    let socketFolder: String
    let parameters: [String: String]
    /// Who may connect through the Unix socket as the server's superuser.
    let administrators: [String]

    /// Our own file, read last of all configuration files.
    var ownFile: String {
        let service: [(String, String)] = [
            ("listen_addresses", "127.0.0.1"),
            ("port", String(record.nodePort)),
            ("unix_socket_directories", socketFolder),
            ("unix_socket_permissions", "0777"),
            ("cluster_name", instance),
        ]
        // Tells who did what, for drift; a specification may say otherwise.
        let fallback = parameters["log_line_prefix"] == nil ? [("log_line_prefix", "%m [%p] %q%u@%d/%a ")] : []
        let given = parameters.filter { name, _ in !service.contains { $0.0 == name } }
        var lines = [
            "# Written by pgsteer for \(instance) (\(record.id)); what is changed here by hand is lost.",
            "# endpoint \(record.address):\(record.port)",
        ]
        lines += (service + fallback).map { "\($0.0) = \(Self.quoted($0.1))" }
        lines.append(Self.parametersStart)
        lines += given.sorted { $0.key < $1.key }.map { "\($0.key) = \(Self.quoted($0.value))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Our own file with the parameters of an earlier one, for what changes at the service's side alone.
    func ownFile(keepingParametersOf text: String) -> String {
        guard let start = text.firstRange(of: Self.parametersStart + "\n") else { return ownFile }
        return ownFile.replacing(
            Self.parametersStart + "\n",
            with: Self.parametersStart + "\n" + text[start.upperBound...]
        )
    }

    private static let parametersStart = "# from the specifications"

    /// Clients come through the gateway with a password; only this host's administrators use the socket.
    ///
    /// The bootstrap superuser has no password and never comes over TCP.
    var hostBasedAuthentication: String {
        """
        # Written by pgsteer; what is changed here by hand is lost.
        local all postgres peer map=pgsteer
        local all all scram-sha-256
        host all postgres 0.0.0.0/0 reject
        host all postgres ::/0 reject
        host all all 127.0.0.1/32 scram-sha-256

        """
    }

    var userNameMap: String {
        (["# Written by pgsteer; what is changed here by hand is lost."]
            + administrators.map { "pgsteer \($0) postgres" })
            .joined(separator: "\n") + "\n"
    }

    /// What initdb's postgresql.conf gets at its end, so that our file wins over it.
    static let include = "\n# Added by pgsteer\ninclude_dir = 'conf.d'\n"

    /// PostgreSQL manual, section 20.1.2: quotes are doubled, and a backslash starts an escape.
    static func quoted(_ value: String) -> String {
        "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
    }
}
