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

    var psqlArguments: [String] {
        ["--host=\(host)", "--port=\(port)", "--username=\(user)", "--dbname=\(database)"]
    }

    func text(_ kind: Kind) throws -> String {
        switch kind {
        case .uri:
            "postgresql://\(Self.percentEncoded(user))@\(host.contains(":") ? "[\(host)]" : host):\(port)/\(Self.percentEncoded(database))\n"
        case .env:
            [("PGHOST", host), ("PGPORT", String(port)), ("PGUSER", user), ("PGDATABASE", database)]
                .map { "export \($0)=\(Self.shellQuoted($1))\n" }.joined()
        case .psql: "psql " + psqlArguments.map(Self.shellQuoted).joined(separator: " ") + "\n"
        case .service: "[\(instance)]\nhost=\(host)\nport=\(port)\nuser=\(user)\ndbname=\(database)\n"
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
            var sslMode = "prefer"

            enum CodingKeys: String, CodingKey {
                case name = "Name"
                case group = "Group"
                case host = "Host"
                case port = "Port"
                case user = "Username"
                case database = "MaintenanceDB"
                case sslMode = "SSLMode"
            }
        }
        let server = Server(name: instance, group: "pgsteer", host: host, port: port, user: user, database: database)
        return try JSONText.text(["Servers": ["1": server]])
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
