import FleetModel
import PostgresClient
import Providers
import Resources
import SQL

/// How standbys and replicas follow.
extension Observer {
    /// Adds to a placement how its standby and its replicas follow, as the primary and they themselves say.
    func withFollowing(_ placement: InstanceObservation, _ server: ObservedServer) async -> InstanceObservation {
        var placement = placement
        for index in placement.nodes.indices {
            let node = placement.nodes[index]
            guard node.role != .primary, node.isRunning else { continue }
            let name = ObservedNode.followerName(ofNode: node.number)
            // What takes no connection may be stopped in the middle of everything, and still look connected.
            let waiting = await waitingParameters(of: placement.name, node: node.number)
            placement.nodes[index].following =
                waiting == nil ? nil : server.followers.first { $0.name == name }?.following
            placement.nodes[index].waitingParameters = waiting ?? []
        }
        for index in placement.groups.indices {
            placement.groups[index].entitled = await entitled(to: placement.groups[index], placement)
        }
        return placement
    }

    /// Nil when the primary cannot be asked.
    private func entitled(to group: ObservedReadOnlyGroup, _ placement: InstanceObservation) async -> [Int]? {
        guard let primary = try? await administrationTarget(of: placement.name) else { return nil }
        var probe = ReplicaLagProbe(primary: primary, replicas: [:])
        for node in placement.replicas(of: group.name) {
            probe.replicas[node.number] = try? await administrationTarget(of: placement.name, node: node.number)
        }
        return (try? await probe.lags(under: group.policy)).map { group.policy.inService($0).sorted() }
    }

    /// Nil for a node that takes no connection.
    private func waitingParameters(of name: String, node: Int) async -> [String]? {
        guard let target = try? await administrationTarget(of: name, node: node) else { return nil }
        let rows = try? await PostgresConnection.with(target) { connection in
            try await connection.query(ObservedFollower.waitingObservation)
        }
        return rows?.map { $0.text("name") }
    }
}
