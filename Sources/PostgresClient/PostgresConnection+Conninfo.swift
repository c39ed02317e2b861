import CLibPQ

extension PostgresConnection {
    /// Options that mean the same to another program, on this host or on another one.
    private static let portable: Set<String> = [
        "host", "hostaddr", "port", "user", "dbname", "password", "sslmode", "sslcert", "sslkey", "sslrootcert",
        "sslcrl", "gssencmode", "channel_binding", "connect_timeout",
    ]

    /// How this session was reached, as libpq found it, with the password: keywords and values that are not empty.
    package var resolvedKeywords: [(keyword: String, value: String)] {
        guard let handle, let options = PQconninfo(handle) else { return [] }
        defer { PQconninfoFree(options) }
        var result: [(String, String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, value.pointee != 0 {
                result.append((String(cString: keyword), String(cString: value)))
            }
            option += 1
        }
        return result
    }

    /// What another server needs to get to the same database as this session did: a connection string (PostgreSQL manual,
    /// section 34.1.1.1). A secret, since it holds the password.
    ///
    /// - Parameter applicationName: As what sessions of the other server show themselves here.
    package func connectionString(applicationName: String? = nil) -> String {
        var pairs = resolvedKeywords.filter { Self.portable.contains($0.keyword) }
        if let applicationName { pairs.append((keyword: "application_name", value: applicationName)) }
        return
            pairs.map { keyword, value in
                "\(keyword)='\(value.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
            }
            .joined(separator: " ")
    }
}
