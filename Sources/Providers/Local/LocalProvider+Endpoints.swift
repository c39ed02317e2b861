import FleetModel

extension LocalProvider {
    /// Opens the endpoints for those who may use them, and closes what is not to be open any more, sessions included.
    func expose(_ name: String, _ exposure: Exposure) async throws -> ProviderOutcome {
        var record = try record(of: name)
        guard knowsLead(of: name) else {
            throw ProviderError(
                "\(home.folder(of: name).endpoint) is damaged, so it is not known where the endpoint of \(name) leads",
                help: "put it back from a copy; remove it when no migration has led the endpoint to another instance"
            )
        }
        let before = record
        record.isExposed = true
        record.access = exposure.access
        try choosingPorts { () throws(ProviderError) in
            record.publicEndpoint = try publicEndpoint(of: name, record.publicEndpoint, isOpen: exposure.isPublic)
            if record != before { try write(record, of: name) }
        }
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
    ///
    /// One process at a time, whatever instance it changes: each reads all records when its turn comes.
    ///
    /// - Parameter change: Changes records while nobody else changes the gateway.
    @discardableResult
    nonisolated func serveRoutes(
        after change: @Sendable () throws(ProviderError) -> Void = { () throws(ProviderError) in }
    ) async throws(ProviderError) -> Bool {
        let home = home
        return try await gateway.serve(
            { self.routes },
            sparing: { self.unreadable },
            holding: { () async throws(ProviderError) in try await ShortLock(.gateway, home: home) },
            after: change
        )
    }

    /// Instances whose records cannot be read, so that it is not known what they serve.
    private nonisolated var unreadable: Set<String> {
        Set(LocalFiles.names(in: home.instances).filter { (try? record(of: $0)) == nil || !knowsLead(of: $0) })
    }

    nonisolated var routes: [GatewayConfiguration.Route] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        return names.flatMap { name -> [GatewayConfiguration.Route] in
            guard let record = try? record(of: name), record.state == .ready, knowsLead(of: name) else { return [] }
            let own = record.isExposed ? [route(of: name, record)] : []
            return own + record.groups.filter(\.isExposed).map { route(of: $0, of: name, record) }
        }
    }

    nonisolated func route(of name: String, _ record: LocalRecord) -> GatewayConfiguration.Route {
        let open = record.publicEndpoint.flatMap { $0.isOpen ? $0 : nil }
        let foreign = foreignNodes(of: name)
        let own = record.nodes.filter { $0.group == nil }
            .map { GatewayConfiguration.Node(number: $0.number, port: $0.port) }
        return GatewayConfiguration.Route(
            instance: name,
            address: record.address,
            port: record.port,
            nodes: own + foreign.nodes,
            lead: foreign.lead,
            active: foreign.lead == nil ? [record.primary] : Set([foreign.active].compactMap(\.self)),
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
    /// Where endpoints lead; empty while every one leads to its own instance.
    var book = EndpointBook(ids: [:])
    /// Instances that are being filled with all that another one has.
    var copies: [String: PhysicalCopy] = [:]
}

extension LocalProvider {
    func observeGateway() async -> ObservedGateway {
        var observed = ObservedGateway(served: await gateway.served())
        let routes = routes
        observed.copies = copies
        if routes.contains(where: \.mayLeadElsewhere) { observed.book = endpointBook }
        // Only rules, closed public endpoints and moved ones leave sessions behind that should not be.
        let mayHaveStrangers =
            records().contains { $0.access != nil || $0.publicEndpoint.map { !$0.isOpen } ?? false }
            || routes.contains(where: \.mayLeadElsewhere)
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
            return served.listeners.contains("\(name):\(port)") && served.reaches(route)
        }
        let endpoint = ObservedEndpoint(
            address: record.address,
            port: record.port,
            isOpen: isOpen(record.port),
            access: record.access,
            problem: record.isExposed ? problem(with: route, gateway) : nil,
            leadsTo: route.lead
        )
        guard let place = record.publicEndpoint, place.isOpen || isOpen(place.port) else { return (endpoint, nil) }
        let isServed = isOpen(place.port)
        var publicEndpoint = ObservedEndpoint(
            address: place.address,
            port: place.port,
            isOpen: isServed,
            leadsTo: route.lead
        )
        if !place.isOpen, isServed { publicEndpoint.problem = "it is still open" }
        return (endpoint, publicEndpoint)
    }

    private nonisolated func problem(with route: GatewayConfiguration.Route, _ observed: ObservedGateway) -> String? {
        if !knowsLead(of: route.instance) {
            return "\(home.folder(of: route.instance).endpoint) is damaged, so it is not known where it leads"
        }
        guard let served = observed.served else { return nil }
        if !served.guards(route) || !gateway.hasRules(route) { return "its rules were changed by hand" }
        if !served.leads(route) { return "it does not know all nodes" }
        return observed.strangers[route.instance] == nil ? nil : "it has sessions that are not allowed"
    }
}
