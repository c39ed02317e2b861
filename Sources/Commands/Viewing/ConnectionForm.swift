import ArgumentParser

/// How to connect, in the forms that programs take; none of them holds a password.
struct ConnectionForm {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case uri
        case env
        case psql
        case service
        case pgadmin
    }

    var instance: String
    var host: String
    var port: Int
    var user: String
    var database: String
    /// How the session is encrypted, and the file with the authority to verify the server by; empty where nothing
    /// asks for it.
    var encryption: [(keyword: String, value: String)] = []

    /// The variables of libpq that say so.
    var encryptionVariables: [(String, String)] {
        encryption.map { keyword, value in (keyword == "sslmode" ? "PGSSLMODE" : "PGSSLROOTCERT", value) }
    }

    var psqlArguments: [String] {
        ["--host=\(host)", "--port=\(port)", "--username=\(user)", "--dbname=\(database)"]
    }

    func text(_ kind: Kind) throws -> String {
        switch kind {
        case .uri:
            "postgresql://\(Self.percentEncoded(user))@\(host.contains(":") ? "[\(host)]" : host):\(port)/\(Self.percentEncoded(database))\(query)\n"
        case .env:
            variables.map { "export \($0)=\(Self.shellQuoted($1))\n" }.joined()
        case .psql:
            "\(assignments)psql \(psqlArguments.map(Self.shellQuoted).joined(separator: " "))\n"
        case .service:
            "[\(instance)]\nhost=\(host)\nport=\(port)\nuser=\(user)\ndbname=\(database)\n\(serviceLines)"
        case .pgadmin: try pgAdmin()
        }
    }

    /// The file that pgAdmin's "Import/Export Servers" reads.
    private func pgAdmin() throws -> String {
        struct Server: Encodable {
            var name: String
            var group: String
            var host: String
            var port: Int
            var user: String
            var database: String
            var sslMode: String
            var sslRootCert: String?

            enum CodingKeys: String, CodingKey {
                case name = "Name"
                case group = "Group"
                case host = "Host"
                case port = "Port"
                case user = "Username"
                case database = "MaintenanceDB"
                case sslMode = "SSLMode"
                case sslRootCert = "SSLRootCert"
            }
        }
        let server = Server(
            name: instance,
            group: "pgsteer",
            host: host,
            port: port,
            user: user,
            database: database,
            sslMode: encryption.first { $0.keyword == "sslmode" }?.value ?? "prefer",
            sslRootCert: encryption.first { $0.keyword == "sslrootcert" }?.value
        )
        return try JSONText.text(["Servers": ["1": server]])
    }

    private var variables: [(String, String)] {
        var variables = [("PGHOST", host), ("PGPORT", String(port)), ("PGUSER", user), ("PGDATABASE", database)]
        variables += encryptionVariables
        return variables
    }

    /// What stands before a command, for this command alone.
    private var assignments: String { encryptionVariables.map { "\($0)=\(Self.shellQuoted($1)) " }.joined() }

    private var serviceLines: String { encryption.map { "\($0.keyword)=\($0.value)\n" }.joined() }

    private var query: String {
        if encryption.isEmpty { return "" }
        let pairs = encryption.map { "\($0.keyword)=\(Self.percentEncoded($0.value))" }
        return "?" + pairs.joined(separator: "&")
    }

    private static func shellQuoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            Unicode.Scalar(byte).properties.isAlphabetic && byte < 128 || "0123456789-_./=:@".utf8.contains(byte)
        }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    private static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8
            .map { byte in
                let scalar = Unicode.Scalar(byte)
                let isUnreserved =
                    byte < 128 && (scalar.properties.isAlphabetic || "0123456789-._~".utf8.contains(byte))
                return isUnreserved ? String(scalar) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
            .joined()
    }
}
