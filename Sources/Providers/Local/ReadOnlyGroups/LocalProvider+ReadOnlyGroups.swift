import FleetModel
import PostgresClient
import SQL
import SideEffects

/// Read-only groups: replicas that follow an instance's primary, behind an endpoint of their own.
extension LocalProvider {
    /// Brings a group to its policy: its replicas follow, no other is left, its endpoint serves those that may serve.
    func attach(_ group: String, _ policy: ReadOnlyGroupPolicy, of name: String) async throws -> ProviderOutcome {
        let primary = try primary(of: name)
        guard LocalServer.processID(in: primary.folder) != nil else {
            throw ProviderError("\(name) has no running primary that replicas could follow")
        }
        let isNew = try choosingPorts { () throws(ProviderError) in try reserve(group, policy, of: name) }
        var outcomes = [isNew]
        for node in try record(of: name).replicas(of: group).dropFirst(policy.weights.count) {
            try await takeOutOfService(node, of: name)
            try await remove(node, of: name)
            outcomes.append(true)
        }
        outcomes.append(try await letReplicate(primary, name))
        // One that cannot follow keeps no other from it.
        var failure: (any Error)?
        for node in try record(of: name).replicas(of: group) {
            do {
                outcomes.append(try await bringToFollow(node, primary, name))
            } catch {
                failure = failure ?? error
            }
        }
        outcomes.append(try await rotate(group, of: name))
        if let failure { throw failure }
        return outcomes.contains(true) ? .performed : .alreadyDone
    }

    /// Removes a group with its replicas; the endpoint goes first.
    func detach(_ group: String, of name: String) async throws -> ProviderOutcome {
        var record = try record(of: name)
        guard let index = record.groups.firstIndex(where: { $0.name == group }) else { return .alreadyDone }
        record.groups[index].isExposed = false
        try write(record, of: name)
        try await serveRoutes()
        for node in record.replicas(of: group) { try await remove(node, of: name) }
        record = try self.record(of: name)
        record.groups.removeAll { $0.name == group }
        try write(record, of: name)
        return .performed
    }

    // MARK: Who is in it

    /// Writes down the group and a replica for each weight, with their ports; returns whether there was anything to write.
    ///
    /// Nothing here waits, so that groups made side by side do not choose the same port.
    private func reserve(_ group: String, _ policy: ReadOnlyGroupPolicy, of name: String) throws(ProviderError) -> Bool
    {
        var record = try record(of: name)
        if let index = record.groups.firstIndex(where: { $0.name == group }) {
            record.groups[index].policy = policy
        } else {
            record.groups.append(
                LocalGroup(name: group, port: try freeEndpointPort(for: group), policy: policy)
            )
        }
        while record.replicas(of: group).count < policy.weights.count {
            var node = LocalNode(number: Self.freeNumber(record), port: try freeNodePort(for: name))
            node.group = group
            record.nodes.append(node)
            // It gets no session before it follows.
            for index in record.groups.indices where record.groups[index].name == group {
                record.groups[index].outOfService.insert(node.number)
            }
            // The next port is chosen among those that no record names.
            try write(record, of: name)
        }
        for node in record.replicas(of: group) { try makeFolders(home.folder(of: name), node) }
        return try write(record, of: name)
    }

    /// The numbers 1 and 2 belong to those that may be the primary.
    private static func freeNumber(_ record: LocalRecord) -> Int {
        (3...).first { record.node($0) == nil } ?? record.nodes.count + 3
    }

    // MARK: Who serves

    /// Lets the endpoint lead to the replicas that may serve by how far they are behind; returns whether that is new.
    private func rotate(_ group: String, of name: String) async throws -> Bool {
        guard let observed = try record(of: name).group(group) else { return false }
        let lags = try await lags(of: observed, name)
        // Nothing in between waits: another action may have written the record meanwhile.
        var record = try record(of: name)
        guard let index = record.groups.firstIndex(where: { $0.name == group }) else { return false }
        let serving = record.groups[index].policy.inService(lags)
        record.groups[index].outOfService = Set(lags.map(\.node)).subtracting(serving)
        record.groups[index].isExposed = true
        let route = route(of: record.groups[index], of: name, record)
        let isNew = try write(record, of: name)
        if !isNew, await gateway.served()?.includes(route) ?? false { return false }
        try await serveRoutes()
        return true
    }

    private func takeOutOfService(_ node: LocalNode, of name: String) async throws {
        var record = try record(of: name)
        guard let index = record.groups.firstIndex(where: { $0.name == node.group }) else { return }
        record.groups[index].outOfService.insert(node.number)
        try write(record, of: name)
        if record.groups[index].isExposed { try await serveRoutes() }
    }

    private func lags(of group: LocalGroup, _ name: String) async throws -> [ReplicaLag] {
        let replicas = try record(of: name).replicas(of: group.name)
        let targets = try replicas.map { ($0.number, try administration(of: name, node: $0.number)) }
        return try await ReplicaLagProbe(
            primary: try administration(of: name, node: nil),
            replicas: Dictionary(targets) { first, _ in first }
        )
        .lags(under: group.policy)
    }

    // MARK: What is there

    nonisolated func group(
        _ group: LocalGroup,
        _ name: String,
        _ record: LocalRecord,
        _ gateway: ObservedGateway
    ) -> ObservedReadOnlyGroup {
        let route = route(of: group, of: name, record)
        return ObservedReadOnlyGroup(
            name: group.name,
            policy: group.policy,
            endpoint: ObservedEndpoint(
                address: record.address,
                port: group.port,
                isOpen: group.isExposed
                    && (gateway.served.map { $0.listeners.contains(route.listener) && $0.leads(route) } ?? false),
                access: record.access
            ),
            inService: route.active.sorted()
        )
    }

    nonisolated func route(of group: LocalGroup, of name: String, _ record: LocalRecord) -> GatewayConfiguration.Route {
        let replicas = record.replicas(of: group.name)
        let weights = group.policy.weights
        return GatewayConfiguration.Route(
            instance: name,
            group: group.name,
            address: record.address,
            port: group.port,
            nodes: replicas.enumerated()
                .map { index, node in
                    let weight = weights.indices.contains(index) ? weights[index] : 1
                    return GatewayConfiguration.Node(number: node.number, port: node.port, weight: weight)
                },
            active: Set(replicas.map(\.number)).subtracting(group.outOfService),
            access: record.access,
            accessFile: gateway.accessFile(of: name)
        )
    }
}
