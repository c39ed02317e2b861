/// Where and as whom to connect: libpq keywords and values (PostgreSQL manual, section 34.1.2).
package struct ConnectionTarget: Hashable, Sendable {
    /// A folder of a Unix socket, or a host name or address.
    package var host: String
    package var port: Int
    package var user: String
    package var database: String
    /// Shown to other sessions in `pg_stat_activity` and in the server's log.
    package var applicationName: String
    /// How long one attempt may take.
    package var timeout: Duration
    /// Kept out of every description.
    package var password: String?

    package init(
        host: String,
        port: Int,
        user: String,
        database: String,
        applicationName: String = "pgsteer",
        timeout: Duration = .seconds(5),
        password: String? = nil
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.database = database
        self.applicationName = applicationName
        self.timeout = timeout
        self.password = password
    }

    /// The same server, another database.
    package func database(_ name: String) -> ConnectionTarget {
        var other = self
        other.database = name
        return other
    }

    /// Everything is set explicitly: neither PG* variables nor a password file of the caller's may change the answer.
    var keywords: [(String, String)] {
        var result = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database),
            ("application_name", applicationName), ("client_encoding", "UTF8"), ("options", ""),
            ("connect_timeout", String(max(2, timeout.components.seconds))), ("gssencmode", "disable"),
            ("passfile", "/dev/null/none"),
        ]
        if host.hasPrefix("/") { result.append(("sslmode", "disable")) }
        if let password { result.append(("password", password)) }
        return result
    }
}

extension ConnectionTarget: CustomStringConvertible {
    package var description: String { "\(user)@\(host):\(port)/\(database)" }
}
