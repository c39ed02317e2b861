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

    var formatVersion = "2"
    /// `pg-...`; another one when the instance has got all that another one had, and an archive of its own for that.
    var id: String
    /// The names that it had before.
    var formerIDs: [String]?
    var state: State
    var created: String
    var major: Int
    var charset: String
    var address: String
    /// The port of the endpoint; chosen once and kept.
    var port: Int
    var nodes: [LocalNode]
    var groups: [LocalGroup] = []
    /// The number of the one node that may take writes; every other node is only ever started as a standby.
    var primary = 1
    /// A change of the primary that was begun and did not end.
    var handover: Handover?
    /// Whether commits wait for the standby.
    var isSynchronous = false
    /// Whether its servers are started with an archiver, so that archiving can be turned on without a restart.
    var hasArchiver = false
    /// What initdb gave the data; tells whether the folder still holds the same data.
    var systemIdentifier: String?
    /// The folder of the server's programs when it was made, for commands that read no specifications.
    var binaries: String?
    /// Whether the gateway is to serve the endpoint.
    var isExposed: Bool
    /// Who may use the private endpoint; nil for everybody who reaches its address.
    var access: AccessList?
    /// The public endpoint; its port stays the instance's while it is closed.
    var publicEndpoint: PublicEndpoint?
    /// Nil while the servers do not speak TLS.
    var tls: LocalTLS?
    /// What fills it from another instance; nil while nothing does.
    var copy: PhysicalCopy?
    /// The name of the migration's slot for which it takes no client; nil while it takes them.
    var fence: String?
    var ownership: OwnershipRecord

    /// Reads `instance.json`; nil when it is none.
    init?(_ text: String) {
        guard let record = try? JSONDecoder().decode(LocalRecord.self, from: Data(text.utf8)),
            record.nodes.contains(where: { $0.number == record.primary })
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
        nodes: [LocalNode],
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
        self.nodes = nodes
        self.binaries = binaries
        self.isExposed = isExposed
        self.ownership = ownership
    }

    /// The node that takes writes.
    var primaryNode: LocalNode {
        guard let node = node(primary) else { preconditionFailure("a record is read and changed with its primary") }
        return node
    }

    /// The node that may take over; nil for an instance without one.
    var standbyNode: LocalNode? { nodes.first { $0.number != primary && $0.group == nil } }

    func replicas(of group: String) -> [LocalNode] { nodes.filter { $0.group == group } }
    func group(_ name: String) -> LocalGroup? { groups.first { $0.name == name } }

    func node(_ number: Int) -> LocalNode? { nodes.first { $0.number == number } }

    var policy: AvailabilityPolicy { ownership.availability ?? AvailabilityPolicy() }

    /// The text of `instance.json`.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a record is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Whether it is the instance that has, or had, a name of its own.
    func isKnown(as id: String) -> Bool { self.id == id || formerIDs?.contains(id) ?? false }

    /// A fresh name of the service's own: `pg-` and 8 letters or digits.
    static func newID() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return "pg-" + String((0..<8).compactMap { _ in letters.randomElement() })
    }
}

extension LocalRecord {
    private enum FirstFormat: String, CodingKey { case nodePort }

    /// Reads the second format, and the first, which knew one node only.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decode(String.self, forKey: .formatVersion)
        let nodes: [LocalNode]
        switch version {
        case "1":
            let port = try decoder.container(keyedBy: FirstFormat.self).decode(Int.self, forKey: .nodePort)
            nodes = [LocalNode(number: 1, port: port)]
        case "2": nodes = try values.decode([LocalNode].self, forKey: .nodes)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .formatVersion,
                in: values,
                debugDescription: "format \(version) is not known"
            )
        }
        self.init(
            id: try values.decode(String.self, forKey: .id),
            state: try values.decode(State.self, forKey: .state),
            created: try values.decode(String.self, forKey: .created),
            major: try values.decode(Int.self, forKey: .major),
            charset: try values.decode(String.self, forKey: .charset),
            address: try values.decode(String.self, forKey: .address),
            port: try values.decode(Int.self, forKey: .port),
            nodes: nodes,
            binaries: try values.decodeIfPresent(String.self, forKey: .binaries),
            isExposed: try values.decode(Bool.self, forKey: .isExposed),
            ownership: try values.decode(OwnershipRecord.self, forKey: .ownership)
        )
        formerIDs = try values.decodeIfPresent([String].self, forKey: .formerIDs)
        groups = try values.decodeIfPresent([LocalGroup].self, forKey: .groups) ?? []
        primary = try values.decodeIfPresent(Int.self, forKey: .primary) ?? 1
        handover = try values.decodeIfPresent(Handover.self, forKey: .handover)
        access = try values.decodeIfPresent(AccessList.self, forKey: .access)
        tls = try values.decodeIfPresent(LocalTLS.self, forKey: .tls)
        publicEndpoint = try values.decodeIfPresent(PublicEndpoint.self, forKey: .publicEndpoint)
        isSynchronous = try values.decodeIfPresent(Bool.self, forKey: .isSynchronous) ?? false
        hasArchiver = try values.decodeIfPresent(Bool.self, forKey: .hasArchiver) ?? false
        systemIdentifier = try values.decodeIfPresent(String.self, forKey: .systemIdentifier)
        copy = try values.decodeIfPresent(PhysicalCopy.self, forKey: .copy)
        fence = try values.decodeIfPresent(String.self, forKey: .fence)
    }
}

/// The public endpoint of an instance, as the instance remembers it.
struct PublicEndpoint: Codable, Hashable, Sendable {
    var address: String
    /// Chosen when it was opened first, and kept.
    var port: Int
    var isOpen: Bool
}

/// One server of an instance, as the instance remembers it.
struct LocalNode: Codable, Hashable, Sendable {
    var number: Int
    /// The port of the server behind the gateway.
    var port: Int
    /// The read-only group that it serves; nil for a node that may be the primary.
    var group: String?

    /// The name of its replication slot on the primary, and of its sessions there.
    var slot: String { ObservedNode.followerName(ofNode: number) }
}

/// A read-only group, as the instance remembers it.
struct LocalGroup: Codable, Hashable, Sendable {
    var name: String
    /// The port of its endpoint, at the instance's address; chosen once and kept.
    var port: Int
    var policy: ReadOnlyGroupPolicy
    /// The numbers of its replicas that get no session.
    var outOfService: Set<Int> = []
    /// Whether the gateway is to serve the endpoint.
    var isExposed = false
}

/// A change of the primary, written down before its first step.
///
/// Until it is gone from the record, the old primary is still the one that the endpoint leads to. Whoever finds one
/// decides by what is there: a standby that has taken over keeps what it took.
struct Handover: Codable, Hashable, Sendable {
    enum Cause: String, Codable, Sendable {
        /// Somebody asked for it; the old primary serves until it is stopped.
        case switchover
        /// The old primary does not serve.
        case failover
    }

    var cause: Cause
    var from: Int
    var to: Int
}
