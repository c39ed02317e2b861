import FleetModel

extension LocalProvider {
    /// Opens the endpoints for those who may use them, and closes what is not to be open any more, sessions included.
    func expose(_ name: String, _ exposure: Exposure) async throws -> ProviderOutcome {
        var record = try record(of: name)
        let before = record
        record.isExposed = true
        record.access = exposure.access
        record.publicEndpoint = try publicEndpoint(of: name, record.publicEndpoint, isOpen: exposure.isPublic)
        if record != before { try write(record, of: name) }
        let hasActed = try await serveRoutes()
        return record != before || hasActed ? .performed : .alreadyDone
    }

    /// Returns what is to be remembered of a public endpoint: its port is chosen once, its address whenever it is opened.
    private func publicEndpoint(of name: String, _ known: PublicEndpoint?, isOpen: Bool)
        throws(ProviderError) -> PublicEndpoint?
    {
        guard isOpen else {
            return known.map { PublicEndpoint(address: $0.address, port: $0.port, isOpen: false) }
        }
        if let known, known.isOpen { return known }
        let address = settings.publicAddress
        guard TCPPort.isOfThisHost(address) else {
            throw ProviderError(
                "the public endpoint of \(name) cannot be opened: this host has no address \(address)",
                help: "correct local.publicAddress in the Fleet document"
            )
        }
        if let known { return PublicEndpoint(address: address, port: known.port, isOpen: true) }
        let port = try freeEndpointPort(for: "\(name)'s public endpoint", address: address)
        return PublicEndpoint(address: address, port: port, isOpen: true)
    }

    /// Brings the gateway to what the instances' records say now; returns whether there was anything to do.
    @discardableResult
    func serveRoutes() async throws(ProviderError) -> Bool {
        try await gateway.serve({ self.routes }, sparing: { self.unreadable })
    }

    /// Instances whose records cannot be read, so that it is not known what they serve.
    private nonisolated var unreadable: Set<String> {
        Set(LocalFiles.names(in: home.instances).filter { (try? record(of: $0)) == nil })
    }

    nonisolated var routes: [GatewayConfiguration.Route] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        return names.flatMap { name -> [GatewayConfiguration.Route] in
            guard let record = try? record(of: name), record.state == .ready else { return [] }
            let own = record.isExposed ? [route(of: name, record)] : []
            return own + record.groups.filter(\.isExposed).map { route(of: $0, of: name, record) }
        }
    }

    nonisolated func route(of name: String, _ record: LocalRecord) -> GatewayConfiguration.Route {
        let open = record.publicEndpoint.flatMap { $0.isOpen ? $0 : nil }
        return GatewayConfiguration.Route(
            instance: name,
            address: record.address,
            port: record.port,
            nodes: record.nodes.filter { $0.group == nil }
                .map { GatewayConfiguration.Node(number: $0.number, port: $0.port) },
            active: [record.primary],
            access: record.access,
            publicPlace: open.map { GatewayConfiguration.Place(address: $0.address, port: $0.port) },
            accessFile: gateway.accessFile(of: name)
        )
    }
}

/// The gateway as it is, for the endpoints of all instances.
struct ObservedGateway: Sendable {
    /// Nil when it does not run.
    var served: GatewayAdministration.Served?
    /// How many sessions there are that should not be, by instance.
    var strangers: [String: Int] = [:]
}

extension LocalProvider {
    func observeGateway() async -> ObservedGateway {
        var observed = ObservedGateway(served: await gateway.served())
        let routes = routes
        // Only rules and closed public endpoints leave sessions behind that should not be.
        let mayHaveStrangers = records().contains { $0.access != nil || $0.publicEndpoint.map { !$0.isOpen } ?? false }
        if observed.served != nil, mayHaveStrangers { observed.strangers = gateway.strangers(to: routes) }
        return observed
    }

    /// The endpoints of an instance as they are.
    nonisolated func endpoints(of name: String, _ record: LocalRecord, _ gateway: ObservedGateway)
        -> (private: ObservedEndpoint, public: ObservedEndpoint?)
    {
        let route = route(of: name, record)
        func isOpen(_ port: Int) -> Bool {
            guard record.isExposed, let served = gateway.served else { return false }
            return served.listeners.contains("\(name):\(port)") && served.leads(route)
        }
        let endpoint = ObservedEndpoint(
            address: record.address,
            port: record.port,
            isOpen: isOpen(record.port),
            access: record.access,
            problem: record.isExposed ? problem(with: route, gateway) : nil
        )
        guard let place = record.publicEndpoint, place.isOpen || isOpen(place.port) else { return (endpoint, nil) }
        let isServed = isOpen(place.port)
        var publicEndpoint = ObservedEndpoint(address: place.address, port: place.port, isOpen: isServed)
        if !place.isOpen, isServed { publicEndpoint.problem = "it is still open" }
        return (endpoint, publicEndpoint)
    }

    private nonisolated func problem(with route: GatewayConfiguration.Route, _ observed: ObservedGateway) -> String? {
        guard let served = observed.served else { return nil }
        if !served.guards(route) || !gateway.hasRules(route) { return "its rules were changed by hand" }
        return observed.strangers[route.instance] == nil ? nil : "it has sessions that are not allowed"
    }
}
