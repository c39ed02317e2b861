package import Diagnostics
package import FleetModel
package import SpecSchema
import YAMLSyntax

/// How to reach a server that exists already and that pgsteer manages without having made it.
package struct InstanceConnection: Hashable, Sendable {
    package enum Address: Hashable, Sendable {
        /// A connection URI without a password (PostgreSQL manual, section 34.1.1.2).
        case uri(String)
        /// An entry of a connection service file (section 34.17).
        case service(String)
    }

    package var address: Address
    /// Where the password is kept; libpq's own ways otherwise: PGPASSWORD, a password file.
    package var password: SecretReference?
    /// The place that says so.
    package var passwordRange: SourceRange?
}

/// `connection` as written.
package struct ConnectionSpec: Sendable {
    var uri: Located<String>?
    var service: Located<String>?
    var passwordFrom: Located<SecretReference>?

    package static let schema = ObjectSchema<ConnectionSpec>(
        "connection",
        "How to reach a server that exists already; pgsteer manages what is in it and neither makes, starts nor stops it.",
        make: { _ in ConnectionSpec() },
        fields: [
            Field("uri", \.uri, .connectionURI, "postgresql://USER@HOST:PORT/DATABASE, without a password."),
            Field("service", \.service, .text, "The name of a service in a connection service file."),
            Field("passwordFrom", \.passwordFrom, .secretReference, "Where the password is kept."),
        ]
    )

    /// Nil when neither or both of the two ways are written, which has been told.
    var connection: InstanceConnection? {
        let address: InstanceConnection.Address? =
            uri.map { .uri($0.value) } ?? service.map { .service($0.value) }
        return address.map {
            InstanceConnection(address: $0, password: passwordFrom?.value, passwordRange: passwordFrom?.range)
        }
    }
}

extension InstanceConnection {
    /// Returns why a text is no connection URI that may stand in a specification; nil when it is one.
    package static func problem(_ uri: String) -> String? {
        guard uri.hasPrefix("postgresql://") || uri.hasPrefix("postgres://") else {
            return "A connection URI starts with postgresql://."
        }
        let authority = uri.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
        let hasPassword = user.contains(":") || uri.contains("password=")
        return hasPassword ? "A password does not belong into a specification; use passwordFrom." : nil
    }

    var document: JSONValue {
        var members: [String: JSONValue] = [:]
        switch address {
        case .uri(let uri): members["uri"] = .string(uri)
        case .service(let name): members["service"] = .string(name)
        }
        members["passwordFrom"] = password?.document
        return .object(members)
    }
}

extension ValueType where Value == ConnectionSpec {
    /// One of the two ways, with or without a password.
    static var connection: ValueType {
        let object = ValueType.object(ConnectionSpec.schema)
        return ValueType(object.shape) { node, collector in
            let errors = collector.errorCount
            // A way that cannot be read has been told, and is not missing.
            guard let spec = object.decode(node, &collector), collector.errorCount == errors else { return nil }
            if (spec.uri == nil) != (spec.service == nil) { return spec }
            collector.emitBadValue("A connection has either a uri or a service.", at: node.range)
            return nil
        }
    }
}

extension ValueType where Value == String {
    fileprivate static var connectionURI: ValueType {
        .text(named: "connection URI", pattern: "^postgres(ql)?://[^ ]*$", check: InstanceConnection.problem)
    }
}
