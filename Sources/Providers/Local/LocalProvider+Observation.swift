package import FleetModel

extension LocalProvider {
    package func observe() async throws -> [String: InstanceObservation] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        let served = gateway.served()
        var result: [String: InstanceObservation] = [:]
        for name in names { result[name] = observation(of: name, served: served) }
        return result
    }

    package func observe(_ name: String) async throws -> InstanceObservation? {
        LocalFiles.exists(home.folder(of: name).path) ? observation(of: name, served: gateway.served()) : nil
    }

    /// Returns the end of an instance's server log; empty when there is none on this host.
    package nonisolated func recentLog(of name: String) -> String {
        LocalFiles.end(of: home.folder(of: name).node(1).log, bytes: 4 << 20)
    }

    private func observation(of name: String, served: GatewayAdministration.Served?) -> InstanceObservation {
        let folder = home.folder(of: name)
        guard let text = LocalFiles.text(folder.record) else {
            return blocked(
                name,
                "its folder \(folder.path) has no instance.json, so it is not known to be pgsteer's.",
                folder
            )
        }
        guard let record = LocalRecord(text) else {
            return blocked(name, "\(folder.record) is damaged.", folder)
        }
        let processID = LocalServer.processID(in: folder.node(1))
        var observation = InstanceObservation(
            name: name,
            state: state(of: record, isRunning: processID != nil),
            id: record.id,
            major: record.major,
            charset: record.charset,
            endpoint: ObservedEndpoint(
                address: record.address,
                port: record.port,
                isOpen: record.isExposed && (served?.includes(route(of: name, record)) ?? false)
            ),
            nodes: [
                ObservedNode(number: 1, role: .primary, isRunning: processID != nil, processID: processID)
            ],
            record: record.ownership
        )
        if let problem = problem(with: record, in: folder) {
            observation.state = .blocked
            observation.problem = problem
            observation.hasLostData = !LocalFiles.exists(folder.node(1).data)
        }
        return observation
    }

    private func state(of record: LocalRecord, isRunning: Bool) -> InstanceObservation.State {
        switch record.state {
        case .creating: .creating
        case .destroying: .destroying
        case .ready: isRunning ? .running : .stopped
        }
    }

    /// Returns what makes the data folder another one than pgsteer made; nil when it is the same.
    private func problem(with record: LocalRecord, in folder: InstanceFolder) -> String? {
        guard record.state == .ready, let expected = record.systemIdentifier else { return nil }
        let node = folder.node(1)
        guard LocalFiles.exists(node.data) else {
            return
                "its data folder \(node.data) is gone. Put it back, or remove what is left: pgsteer destroy \(folder.name) \(folder.name)"
        }
        guard let found = LocalServer.systemIdentifier(of: node) else {
            return "its data folder \(node.data) cannot be read. Check who owns it."
        }
        return found == expected
            ? nil
            : "the data in \(node.data) is not what pgsteer made there. Put the right data back; nothing was touched."
    }

    private func blocked(_ name: String, _ problem: String, _ folder: InstanceFolder) -> InstanceObservation {
        let hasData = LocalFiles.exists(folder.node(1).data)
        let help =
            hasData
            ? " Its data is untouched. Put instance.json back from a copy, or move the folder away."
            : " It holds no data. Move the folder away."
        return InstanceObservation(name: name, state: .blocked, problem: problem + help)
    }

    nonisolated func route(of name: String, _ record: LocalRecord) -> GatewayConfiguration.Route {
        GatewayConfiguration.Route(
            instance: name,
            address: record.address,
            port: record.port,
            nodePort: record.nodePort
        )
    }
}

extension InstanceFolder {
    fileprivate var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
