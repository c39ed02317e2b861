import CLibPQ

extension PostgresConnection {
    /// What another program passes on to get to the same database, in the options that mean the same everywhere.
    private static let portable: Set<String> = [
        "host", "hostaddr", "port", "user", "dbname", "password", "sslmode", "gssencmode", "connect_timeout",
    ]

    /// How this session was reached, as libpq found it, with the password: a connection string (PostgreSQL manual, section
    /// 34.1.1.1). A secret.
    package var conninfo: String {
        guard let handle, let options = PQconninfo(handle) else { return "" }
        defer { PQconninfoFree(options) }
        var parts: [String] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, value.pointee != 0, Self.portable.contains(String(cString: keyword)) {
                let quoted = String(cString: value).replacing("\\", with: "\\\\").replacing("'", with: "\\'")
                parts.append("\(String(cString: keyword))='\(quoted)'")
            }
            option += 1
        }
        return parts.joined(separator: " ")
    }
}
