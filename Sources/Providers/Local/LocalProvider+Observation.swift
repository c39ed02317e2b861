package import FleetModel
import Glibc

extension LocalProvider {
    package func observe() async throws -> [String: InstanceObservation] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        let gateway = await observeGateway()
        var result: [String: InstanceObservation] = [:]
        for name in names { result[name] = observation(of: name, gateway) }
        return result
    }

    package func observe(_ name: String) async throws -> InstanceObservation? {
        guard LocalFiles.exists(home.folder(of: name).path) else { return nil }
        return observation(of: name, await observeGateway())
    }

    private func observation(of name: String, _ gateway: ObservedGateway) -> InstanceObservation {
        let folder = home.folder(of: name)
        if LocalFiles.exists(folder.record), access(folder.record, R_OK) != 0 {
            return InstanceObservation(
                name: name,
                state: .blocked,
                problem: "\(folder.record) may not be read by you. Run pgsteer as the user that made it."
            )
        }
        guard let text = LocalFiles.text(folder.record) else {
            return blocked(
                name,
                "its folder \(folder.path) has no instance.json, so it is not known to be pgsteer's.",
                folder
            )
        }
        guard let record = kept.record(text, at: folder.record) else {
            return blocked(name, "\(folder.record) is damaged.", folder)
        }
        let nodes = record.nodes.map { self.node($0, record, in: folder) }
        let recovery = record.state == .ready ? recovery(in: folder, record) : nil
        let primary = nodes.first { $0.role == .primary }
        let endpoints = endpoints(of: name, record, gateway)
        var observation = InstanceObservation(
            name: name,
            state: state(
                of: record,
                isRunning: primary.map { $0.isRunning && $0.problem == nil } ?? false && primary?.missingSocket == nil
            ),
            id: record.id,
            major: record.major,
            charset: record.charset,
            endpoint: endpoints.private,
            nodes: nodes,
            recovery: recovery,
            archive: archiveCommands(of: name, record),
            record: record.ownership
        )
        observation.filledBy = record.copy?.migration
        observation.groups = record.groups.map { self.group($0, name, record, gateway) }
        observation.tls = observedTLS(of: name, record)
        observation.publicEndpoint = endpoints.public
        if primary?.problem == nil { observation.missingFile = missingFile(of: record, in: folder) }
        let obstacle = gateway.book.removalObstacle(of: name) ?? gateway.copies.removalObstacle(of: name)
        observation.removalObstacle = obstacle?.reason
        if let problem = primary?.problem, recovery == nil {
            observation.state = .blocked
            observation.problem = problem + nextStep(after: problem, folder)
            observation.hasLostData = record.nodes.allSatisfy { !folder.node($0.number).holdsData }
        }
        return observation
    }

    /// A server that runs does not miss its files, but the next one that starts does.
    private func missingFile(of record: LocalRecord, in folder: InstanceFolder) -> String? {
        guard record.state == .ready else { return nil }
        let node = folder.node(record.primary)
        let missing = [node.nodeConfiguration, node.configuration].first { !LocalFiles.exists($0) }
        return missing.map { String($0.dropFirst(node.data.count + 1)) }
    }

    private func node(_ node: LocalNode, _ record: LocalRecord, in folder: InstanceFolder) -> ObservedNode {
        let place = folder.node(node.number)
        let processID = LocalServer.processID(in: place)
        var observed = ObservedNode(
            number: node.number,
            role: node.number == record.primary ? .primary : node.group == nil ? .standby : .replica,
            isRunning: processID != nil,
            processID: processID,
            problem: problem(with: place, record),
            zone: record.policy.zone(ofNode: node.number),
            group: node.group
        )
        observed.missingSocket = LocalServer.missingSocket(of: place)
        return observed
    }

    private func state(of record: LocalRecord, isRunning: Bool) -> InstanceObservation.State {
        switch record.state {
        case .creating: .creating
        case .destroying: .destroying
        case .ready: isRunning ? .running : .stopped
        }
    }

    /// Returns what makes a data folder another one than pgsteer made; nil when it is the same.
    nonisolated func problem(with node: NodeFolder, _ record: LocalRecord) -> String? {
        guard record.state == .ready, let expected = record.systemIdentifier else { return nil }
        guard LocalFiles.exists(node.data) else { return "its data folder \(node.data) is gone" }
        if LocalFiles.exists(node.unfinishedRewind) { return "the data in \(node.data) was being made anew" }
        guard let found = LocalServer.systemIdentifier(of: node) else {
            return "its data folder \(node.data) cannot be read"
        }
        return found == expected ? nil : "the data in \(node.data) is not what pgsteer made there"
    }

    /// What to do about a problem with the only data there is.
    private func nextStep(after problem: String, _ folder: InstanceFolder) -> String {
        if problem.hasSuffix("is gone") {
            return ". Put it back, or remove what is left: pgsteer destroy \(folder.name) \(folder.name)"
        }
        return problem.hasSuffix("cannot be read")
            ? ". Check who owns it." : ". Put the right data back; nothing was touched."
    }

    private func blocked(_ name: String, _ problem: String, _ folder: InstanceFolder) -> InstanceObservation {
        let hasData = LocalFiles.exists(folder.node(1).data)
        let help =
            hasData
            ? " Its data is untouched. Put instance.json back from a copy, or move the folder away."
            : " It holds no data. Move the folder away."
        return InstanceObservation(name: name, state: .blocked, problem: problem + help)
    }
}

extension InstanceFolder {
    fileprivate var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
