import FleetModel
import Resources

/// A read-only group as it is listed.
struct ReadOnlyGroupListing: Listable {
    static let header = ["instance", "name", "replicas", "in service", "endpoint"]
    static let wideHeader = header + ["weights", "max lag", "keep at least"]

    var instance: String
    var name: String
    /// The numbers of the nodes that replicate.
    var replicas: [Int]
    /// Those that get sessions.
    var inService: [Int]
    var endpoint: String
    var isEndpointOpen: Bool
    var weights: [Int]
    /// In seconds; nil for any.
    var maxLagSeconds: Int?
    /// In bytes; nil for any.
    var maxLagBytes: Int?
    var keepAtLeast: Int

    static func all(of instance: ObservedInstance) -> [ReadOnlyGroupListing] {
        instance.placement.groups.map { ReadOnlyGroupListing($0, instance.placement) }
    }

    private init(_ group: ObservedReadOnlyGroup, _ placement: InstanceObservation) {
        instance = placement.name
        name = group.name
        replicas = placement.replicas(of: group.name).map(\.number)
        inService = group.inService
        endpoint = "\(group.endpoint.address):\(group.endpoint.port)"
        isEndpointOpen = group.endpoint.isOpen
        weights = group.policy.weights
        maxLagSeconds = group.policy.maxLagSeconds
        maxLagBytes = group.policy.maxLagBytes
        keepAtLeast = group.policy.keepAtLeast
    }

    var row: [String] {
        [
            instance, name, "node \(Self.list(replicas))", inService.isEmpty ? "none" : "node \(Self.list(inService))",
            isEndpointOpen ? endpoint : "\(endpoint) (closed)",
        ]
    }

    var wideRow: [String] {
        let limits = [maxLagSeconds.map { "\($0)s" }, maxLagBytes.map { ByteCount(bytes: $0).description }]
            .compactMap(\.self)
        return row + [Self.list(weights), limits.isEmpty ? "any" : limits.joined(separator: ", "), String(keepAtLeast)]
    }

    private static func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
}
