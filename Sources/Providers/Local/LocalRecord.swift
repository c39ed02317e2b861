import FleetModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `instance.json`: what an instance on this host remembers about itself.
struct LocalRecord: Codable, Hashable, Sendable {
    enum State: String, Codable, Sendable {
        case creating
        case ready
        case destroying
    }

    var formatVersion = "1"
    var id: String
    var state: State
    var created: String
    var major: Int
    var charset: String
    var address: String
    /// The port of the endpoint; chosen once and kept.
    var port: Int
    /// The port of the server behind the gateway.
    var nodePort: Int
    /// What initdb gave the data; tells whether the folder still holds the same data.
    var systemIdentifier: String?
    /// The folder of the server's programs when it was made, for commands that read no specifications.
    var binaries: String?
    /// Whether the gateway is to serve the endpoint.
    var isExposed: Bool
    var ownership: OwnershipRecord

    /// Reads `instance.json`; nil when it is none.
    init?(_ text: String) {
        guard let record = try? JSONDecoder().decode(LocalRecord.self, from: Data(text.utf8)),
            record.formatVersion == "1"
        else { return nil }
        self = record
    }

    init(
        id: String,
        state: State,
        created: String,
        major: Int,
        charset: String,
        address: String,
        port: Int,
        nodePort: Int,
        binaries: String?,
        isExposed: Bool,
        ownership: OwnershipRecord
    ) {
        self.id = id
        self.state = state
        self.created = created
        self.major = major
        self.charset = charset
        self.address = address
        self.port = port
        self.nodePort = nodePort
        self.binaries = binaries
        self.isExposed = isExposed
        self.ownership = ownership
    }

    /// The text of `instance.json`.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a record is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// A fresh name of the service's own: `pg-` and 8 letters or digits.
    static func newID() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return "pg-" + String((0..<8).compactMap { _ in letters.randomElement() })
    }
}
