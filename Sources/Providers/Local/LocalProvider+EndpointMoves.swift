import FleetModel

/// Moving the endpoints of one instance to another: the address stays, who answers there is another one.
extension LocalProvider {
    // MARK: What is written down

    /// What is written down of where an instance's endpoints lead; nil where they lead to itself.
    nonisolated func endpointRecord(of name: String) -> EndpointRecord? {
        LocalFiles.text(home.folder(of: name).endpoint).flatMap { EndpointRecord($0) }
    }

    /// Whether it is known where an instance's endpoints lead: those of a damaged file lead nowhere, and surely not to
    /// the instance itself, which may be the wrong one.
    nonisolated func knowsLead(of name: String) -> Bool {
        let path = home.folder(of: name).endpoint
        return !LocalFiles.exists(path) || endpointRecord(of: name) != nil
    }

    nonisolated var endpointBook: EndpointBook {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        var book = EndpointBook(ids: [:])
        for name in names {
            guard let record = try? record(of: name), record.state == .ready else { continue }
            book.ids[name] = record.id
            book.formerIDs[name] = Set(record.formerIDs ?? [])
            book.records[name] = endpointRecord(of: name)
        }
        return book
    }

    /// The nodes of other instances that the endpoints of one may lead to, and the instance that they lead to now; nil
    /// for itself.
    nonisolated func foreignNodes(of name: String) -> (nodes: [GatewayConfiguration.Node], lead: String?, active: Int?)
    {
        guard let endpoint = endpointRecord(of: name) else { return ([], nil, nil) }
        var nodes: [GatewayConfiguration.Node] = []
        var active: Int?
        for lead in endpoint.others {
            guard let other = try? record(of: lead.instance), other.isKnown(as: lead.id), other.state == .ready else {
                continue
            }
            nodes += other.nodes.filter { $0.group == nil }
                .map { GatewayConfiguration.Node(number: $0.number, port: $0.port, owner: lead.instance) }
            if lead.instance == endpoint.destination?.instance { active = other.primary }
        }
        return (nodes, endpoint.destination?.instance, active)
    }

    /// Whether the gateway has to know what becomes of an instance's nodes.
    nonisolated func isServed(_ name: String, _ record: LocalRecord) -> Bool {
        record.isExposed || endpointBook.records.values.contains { $0.others.contains { $0.instance == name } }
    }

    // MARK: Moving

    /// Endpoints that lead to an instance, and what keeps them from leading to another.
    package struct MovableEndpoints: Sendable {
        /// As clients write them: `127.0.0.1:15400`.
        package var addresses: [String] = []
        /// Why clients would not get in at the other instance; nil when they would.
        package var obstacle: String?
        /// Read-only groups, which stay with the instance.
        package var groups: [String] = []
    }

    /// Finds out what would move with the writes of an instance.
    package nonisolated func movableEndpoints(from source: String, to target: String) throws(ProviderError)
        -> MovableEndpoints
    {
        let book = endpointBook
        let own = try record(of: source)
        let other = try record(of: target)
        var movable = MovableEndpoints()
        movable.groups = own.groups.map(\.name)
        for name in book.names(leadingTo: source) {
            let record = try record(of: name)
            guard record.isExposed else { continue }
            let route = route(of: name, record)
            movable.addresses += [route.place.shown] + [route.publicPlace?.shown].compactMap(\.self)
        }
        if movable.addresses.isEmpty {
            movable.obstacle = "no open endpoint leads to \(source)"
        } else {
            movable.obstacle = EndpointTLS.obstacle(own.tls, at: own.address, other.tls, of: target)
        }
        return movable
    }

    /// Begins to move every endpoint that leads to one instance to another: afterwards the gateway knows the nodes of both,
    /// and leads to the same ones as before.
    package nonisolated func prepareMove(_ migration: String, token: String, from source: String, to target: String)
        async throws(ProviderError)
    {
        try await changeEndpoints { book throws(ProviderError) in
            try book.prepare(migration, token: token, from: source, to: target)
        }
    }

    /// Makes sure that the gateway is there and can lead the endpoints that a migration moves at once; changes nothing.
    package nonisolated func awaitGateway(_ token: String, within limit: Duration) async throws(ProviderError) {
        let lock = try await ShortLock(.gateway, home: home, within: limit)
        defer { withExtendedLifetime(lock) {} }
        let names = endpointBook.records.filter { $1.move?.token == token }.keys
        guard !names.isEmpty, gateway.includes(routes.filter { $0.group == nil && names.contains($0.instance) }) else {
            throw ProviderError("the gateway does not serve the endpoint", help: "pgsteer apply puts that right")
        }
    }

    /// Lets the endpoints that a migration moves lead to where the writes go, or to where they led before.
    ///
    /// It is written down first, so that a gateway that is started anew, or brought right by any other command, leads
    /// there, too.
    package nonisolated func move(_ token: String, isDone: Bool) async throws(ProviderError) {
        try await changeEndpoints { book in book.lead(token, isDone: isDone) }
    }

    /// Ends a move: the endpoints stay where they lead.
    package nonisolated func endMove(_ token: String) async throws(ProviderError) {
        guard endpointBook.records.values.contains(where: { $0.move?.token == token }) else { return }
        try await changeEndpoints { book in book.end(token) }
    }

    /// Refuses to destroy an instance that an endpoint leads to, or that a migration is about to leave or at work on.
    nonisolated func refuseWhileNeeded(_ name: String) throws(ProviderError) {
        guard let obstacle = endpointBook.removalObstacle(of: name) ?? copies.removalObstacle(of: name)
        else { return }
        throw ProviderError("\(name) is not destroyed: \(obstacle.reason); nothing was changed", help: obstacle.help)
    }

    private nonisolated func changeEndpoints(
        _ change: @Sendable (inout EndpointBook) throws(ProviderError) -> Void
    ) async throws(ProviderError) {
        try await serveRoutes { () throws(ProviderError) in
            let before = self.endpointBook
            var book = before
            try change(&book)
            for name in book.ids.keys.sorted() where book.records[name] != before.records[name] {
                let path = self.home.folder(of: name).endpoint
                if let record = book.records[name] {
                    try self.files.write(record.text, to: path, mode: 0o600)
                } else {
                    try self.files.remove(path)
                }
            }
        }
    }
}

/// Whether clients of one instance get in at another, as far as TLS goes.
enum EndpointTLS {
    /// Why not; nil when they do.
    ///
    /// - Parameters:
    ///   - own: How the instance that they used speaks it.
    ///   - address: What they connect to, and may verify.
    ///   - other: How the instance speaks it that they get to.
    static func obstacle(_ own: LocalTLS?, at address: String, _ other: LocalTLS?, of target: String) -> String? {
        let (mode, otherMode) = (own?.mode ?? .off, other?.mode ?? .off)
        switch (mode, otherMode) {
        case (.off, .require), (.prefer, .require):
            return "\(target) requires TLS, which its clients may do without"
        case (.prefer, .off), (.require, .off):
            return "\(target) does not speak TLS, which its clients may rely on"
        case (.off, _): return nil
        default: break
        }
        guard let own, let other else { return nil }
        if own.isOwn != other.isOwn { return "the certificate of \(target) is of another authority" }
        let isVerified = !other.isOwn && !["0.0.0.0", "::"].contains(address)
        if isVerified, !other.names.contains(address) { return "the certificate of \(target) is not for \(address)" }
        return nil
    }
}
