/// The name of one resource: its kind, and its place below an instance: `Account/orders/app`.
package struct ResourceID: Hashable, Sendable {
    package let kind: String
    package let path: [String]

    package init(_ kind: String, _ path: String...) {
        self.kind = kind
        self.path = path
    }

    private init(kind: String, path: [String]) {
        self.kind = kind
        self.path = path
    }

    /// Reads the form of ``description``; a slash inside a name is written `%2F`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            .map {
                String($0).replacing("%2F", with: "/").replacing("%25", with: "%")
            }
        guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(kind: parts[0], path: Array(parts.dropFirst()))
    }

    /// The name of the resource itself, without where it lives.
    package var name: String { path.last ?? "" }

    /// The instance that the resource is, or lives in.
    package var instance: String { path.first ?? "" }

    /// The instance with this name.
    package static func instance(_ name: String) -> ResourceID { ResourceID("Instance", name) }
}

extension ResourceID: CustomStringConvertible {
    package var description: String {
        path.reduce(kind) { $0 + "/" + Self.escaped($1) }
    }
}

extension ResourceID {
    /// Names hardly ever hold a character that must be escaped, and a large fleet has many names.
    private static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.replacing("%", with: "%25").replacing("/", with: "%2F")
    }
}

extension ResourceID: Comparable {
    package static func < (left: ResourceID, right: ResourceID) -> Bool { left.description < right.description }
}

extension ResourceID: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = ResourceID(text) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not a resource name: \(text)")
            )
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
