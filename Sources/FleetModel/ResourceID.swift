/// The name of one resource: its kind, and its place below an instance: `Account/orders/app`.
///
/// Two are the same when their names are the same to a server; see ``Name``.
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

    /// Reads the form of ``description``; see ``Name/escaped``.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Name(escaped: Substring($0)).text }
        guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(kind: parts[0], path: Array(parts.dropFirst()))
    }

    package static func == (left: ResourceID, right: ResourceID) -> Bool {
        left.kind == right.kind && left.path.elementsEqual(right.path) { Name($0) == Name($1) }
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
        var text = kind
        for name in path {
            text += "/"
            text += Name(name).escaped
        }
        return text
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
