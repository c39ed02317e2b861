/// Where and as whom to connect: libpq keywords and values (PostgreSQL manual, section 34.1.2).
package struct ConnectionTarget: Hashable, Sendable {
    /// What a connection starts from.
    package enum Base: Hashable, Sendable {
        /// A folder of a Unix socket, or a host name or address. Everything else is set explicitly: neither PG* variables
        /// nor a password file of the caller's may change the answer.
        case host(String, port: Int)
        /// A connection URI; what it does not say, libpq finds as it does for psql.
        case uri(String)
        /// A service of a connection service file; what it does not say, libpq finds as it does for psql.
        case service(String)
    }

    package var base: Base
    /// Nil for what the base says.
    package var user: String?
    /// Nil for what the base says.
    package var database: String?
    /// Shown to other sessions in `pg_stat_activity` and in the server's log.
    package var applicationName: String
    /// How long one attempt may take.
    package var timeout: Duration
    /// Whether commits of the session wait for a synchronous standby, where the server has one.
    package var waitsForStandby = true
    /// Whether the session speaks the replication protocol for its database (PostgreSQL manual, section 55.4), which takes
    /// SQL as well, but no bound parameters.
    package var isReplication = false
    /// Kept out of every description.
    package var password: String?

    package init(
        _ base: Base,
        user: String? = nil,
        database: String? = nil,
        applicationName: String = "pgsteer",
        timeout: Duration = .seconds(5),
        password: String? = nil
    ) {
        self.base = base
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

    /// The same place, for another purpose that others see.
    package func named(_ applicationName: String) -> ConnectionTarget {
        var other = self
        other.applicationName = applicationName
        return other
    }

    /// Whether libpq may read more than a name out of `dbname`: only where we put a URI there, never for the name of a
    /// database, which its owner chose.
    var expandsDatabase: Bool { if case .uri = base { true } else { false } }

    /// Later keywords win over earlier ones; of several `dbname`, only the first may be a URI.
    var keywords: [(String, String)] {
        var result: [(String, String)]
        switch base {
        case .host(let host, let port):
            result = [
                ("host", host), ("port", String(port)), ("gssencmode", "disable"), ("passfile", "/dev/null/none"),
            ]
            if host.hasPrefix("/") { result.append(("sslmode", "disable")) }
        case .uri(let uri): result = [("dbname", uri)]
        case .service(let name): result = [("service", name)]
        }
        result += [
            ("application_name", applicationName), ("client_encoding", "UTF8"), ("options", ""),
            ("connect_timeout", String(max(2, timeout.components.seconds))),
        ]
        if let user { result.append(("user", user)) }
        if let database { result.append(("dbname", database)) }
        if let password { result.append(("password", password)) }
        if isReplication { result.append(("replication", "database")) }
        return result
    }
}

extension ConnectionTarget: CustomStringConvertible {
    package var description: String {
        let place =
            switch base {
            case .host(let host, let port): "\(host):\(port)"
            case .uri(let uri): Self.shown(uri)
            case .service(let name): "service \(name)"
            }
        // Who connects and to which database may be part of the URI.
        return "\(user.map { "\($0)@" } ?? "")\(place)\(database.map { "/\($0)" } ?? "")"
    }

    /// A URI without what may hold a password: the user's part behind a colon, and the query.
    private static func shown(_ uri: String) -> String {
        let base = uri.prefix { $0 != "?" }
        guard let at = base.lastIndex(of: "@"), let start = base.firstRange(of: "//")?.upperBound, start < at,
            let colon = base[start..<at].firstIndex(of: ":")
        else { return String(base) }
        return String(base[..<colon] + base[at...])
    }
}
