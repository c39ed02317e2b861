import FleetModel
import Resources

/// An instance as it is listed.
struct InstanceListing: Listable {
    static let header = ["name", "status", "version", "endpoint", "project", "tags"]
    static let wideHeader = header + ["id", "charset", "size", "storage", "protected", "process"]

    var name: String
    var status: String
    var version: Int
    var endpoint: String?
    var isEndpointOpen: Bool
    /// The instance that its endpoint leads to since a migration moved it; left out for itself.
    var endpointLeadsTo: String?
    var project: String?
    var tags: [String: String]
    var id: String
    var charset: String
    var size: [String: String]
    /// What its data takes, where its size says what it may take.
    var storage: ServerFigures.Storage?
    var isProtected: Bool
    var processID: Int?
    var problem: String?

    init(_ instance: ObservedInstance) {
        let placement = instance.placement
        name = placement.name
        status = placement.state.rawValue
        version = placement.major
        endpoint = placement.endpoint?.shown
        isEndpointOpen = placement.endpoint?.isOpen ?? false
        endpointLeadsTo = placement.endpoint?.leadsTo
        project = placement.record.project
        tags = placement.record.tags
        id = placement.id
        charset = placement.charset
        size = placement.record.size
        storage = instance.server?.storage
        isProtected = placement.record.deletionProtection
        processID = placement.primary?.processID
        problem = placement.problem
    }

    var row: [String] {
        [name, status, version == 0 ? "-" : String(version), shownEndpoint, project ?? "-", Self.pairs(tags)]
    }

    var shownEndpoint: String {
        guard let endpoint else { return "-" }
        let lead = endpointLeadsTo.map { " -> \($0)" } ?? ""
        return endpoint + lead + (isEndpointOpen ? "" : " (closed)")
    }

    var wideRow: [String] {
        row + [
            id, charset, Self.pairs(size), shownStorage, isProtected ? "yes" : "no", processID.map(String.init) ?? "-",
        ]
    }

    /// What its data takes, in words.
    var shownStorage: String { storage?.shown ?? "-" }

    static func pairs(_ values: [String: String]) -> String {
        values.isEmpty ? "-" : values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}

/// An endpoint as it is listed.
struct EndpointListing: Listable {
    static let header = ["instance", "kind", "address", "port", "open", "for", "leads to"]
    static let wideHeader = header + ["problem"]

    var instance: String
    /// `private`, or `read-only` for a read-only group's.
    var kind: String
    /// The read-only group; nil for the instance's own endpoint.
    var group: String?
    var address: String
    var port: Int
    var isOpen: Bool

    /// The groups whose rules are in force, in order; nil where everybody may connect who reaches the address.
    var securityGroups: [String]?
    /// The instance that answers there since a migration moved the endpoint; left out for its own.
    var leadsTo: String?
    /// What is not as it was applied; nil when all is.
    var problem: String?

    /// The private endpoint of an instance, the public one while there is one, and those of its read-only groups.
    static func all(of instance: ObservedInstance) -> [EndpointListing] {
        let placement = instance.placement
        let own = [("private", placement.endpoint), ("public", placement.publicEndpoint)]
            .compactMap { kind, endpoint in endpoint.map { EndpointListing(placement.name, kind, nil, $0) } }
        return own + placement.groups.map { EndpointListing(placement.name, "read-only", $0.name, $0.endpoint) }
    }

    private init(_ instance: String, _ kind: String, _ group: String?, _ endpoint: ObservedEndpoint) {
        self.instance = instance
        self.kind = kind
        self.group = group
        address = endpoint.address
        port = endpoint.port
        isOpen = endpoint.isOpen
        securityGroups = endpoint.access?.groups
        leadsTo = endpoint.leadsTo
        problem = endpoint.problem
    }

    var name: String { address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)" }
    var row: [String] {
        let groups = securityGroups.map { $0.isEmpty ? "nobody" : $0.joined(separator: ", ") } ?? "everybody"
        return [
            instance, group.map { "\(kind): \($0)" } ?? kind, address, String(port), isOpen ? "yes" : "no", groups,
            leadsTo ?? "-",
        ]
    }
    var wideRow: [String] { row + [problem ?? "-"] }

    /// Where it is and for whom, for the page of its instance.
    var sentence: String {
        let label = kind == "public" ? "public      " : kind == "private" ? "endpoint    " : "read-only   "
        let groups = securityGroups.map { ", for \($0.isEmpty ? "nobody" : $0.joined(separator: ", "))" } ?? ""
        let lead = leadsTo.map { ", leads to \($0)" } ?? ""
        return "  \(label)\(name)\(isOpen ? "" : " (closed)")\(lead)\(groups)\(problem.map { ", but \($0)" } ?? "")"
    }
}

/// An account as it is listed.
struct AccountListing: Listable {
    static let header = ["instance", "name", "login", "memberships", "valid until", "managed", "remark"]
    static let wideHeader = header + ["connections", "createdb", "createrole"]

    var instance: String
    var name: String
    var login: Bool
    var memberships: [String]
    var validUntil: String
    /// Whether a specification declared it.
    var isManaged: Bool
    var remark: String?
    var connectionLimit: Int
    var createdb: Bool
    var createrole: Bool

    static func all(in instances: [ObservedInstance]) -> [AccountListing] {
        instances.flatMap { instance in
            (instance.server?.observed(Account.self) ?? [])
                .map { AccountListing(instance, name: $0.id.name, observed: $0.object) }
        }
    }

    private init(_ instance: ObservedInstance, name: String, observed: ObservedAccount) {
        self.instance = instance.placement.name
        self.name = name
        login = observed.login
        memberships = Set(observed.memberships.map(\.role)).sorted()
        validUntil = observed.validUntil.description
        let id = ResourceID(Account.kind, instance.placement.name, name)
        isManaged = instance.placement.record.objects[id.description] != nil
        remark = observed.remark
        connectionLimit = observed.connectionLimit
        createdb = observed.createdb
        createrole = observed.createrole
    }

    var row: [String] {
        [
            instance, name, login ? "yes" : "no", memberships.isEmpty ? "-" : memberships.joined(separator: ","),
            validUntil == "infinity" ? "-" : validUntil, isManaged ? "yes" : "no", remark ?? "-",
        ]
    }

    var wideRow: [String] {
        row + [
            connectionLimit < 0 ? "any" : String(connectionLimit), createdb ? "yes" : "no", createrole ? "yes" : "no",
        ]
    }
}

/// A database as it is listed.
struct DatabaseListing: Listable {
    static let header = ["instance", "name", "owner", "managed", "remark"]

    var instance: String
    var name: String
    var owner: String
    /// Whether a specification declared it.
    var isManaged: Bool
    var remark: String?

    static func all(in instances: [ObservedInstance]) -> [DatabaseListing] {
        instances.flatMap { instance in
            (instance.server?.observed(Database.self) ?? []).filter(\.object.isOrdinary)
                .map { DatabaseListing(instance, name: $0.id.name, observed: $0.object) }
        }
    }

    private init(_ instance: ObservedInstance, name: String, observed: ObservedDatabase) {
        self.instance = instance.placement.name
        self.name = name
        owner = observed.owner
        let id = ResourceID(Database.kind, instance.placement.name, name)
        isManaged = instance.placement.record.objects[id.description] != nil
        remark = observed.remark
    }

    var row: [String] { [instance, name, owner, isManaged ? "yes" : "no", remark ?? "-"] }
}

/// A parameter as it is listed.
struct ParameterListing: Listable {
    static let header = ["instance", "name", "value", "default", "set by", "pending restart", "origin"]

    var instance: String
    var name: String
    var value: String
    var defaultValue: String?
    var source: String
    var isPendingRestart: Bool
    /// What gave the value and at which line, as the instance remembers it.
    var origin: String?

    /// - Parameter isComplete: Whether to list parameters that have their default, too.
    static func all(in instances: [ObservedInstance], isComplete: Bool) -> [ParameterListing] {
        instances.flatMap { instance in
            let parameters = (instance.server?.parameters.values).map(Array.init) ?? []
            let applied = instance.placement.record.parameters
            return parameters.sorted { $0.name < $1.name }
                .filter { isComplete || $0.isSetOnPurpose || $0.isPendingRestart }
                .map { ParameterListing(instance.placement.name, $0, origin: applied[$0.name]?.origin) }
        }
    }

    private init(_ instance: String, _ parameter: ObservedParameter, origin: String?) {
        self.instance = instance
        name = parameter.name
        value = parameter.shown
        defaultValue = parameter.defaultValue.map { parameter.definition?.shown($0) ?? $0 }
        source = parameter.isSetByPgsteer ? "pgsteer" : parameter.isSetByProvider ? "provider" : parameter.source
        isPendingRestart = parameter.isPendingRestart
        self.origin = source == "pgsteer" ? origin : nil
    }

    var row: [String] {
        [
            instance, name, value.isEmpty ? "\"\"" : value, defaultValue ?? "-", source,
            isPendingRestart ? "yes" : "no", origin ?? "-",
        ]
    }
}
