import Backups
import FleetModel
import Glibc

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension LocalProvider {
    /// Makes an instance's data, or goes on where an earlier attempt was interrupted.
    func provision(_ name: String, _ blueprint: InstanceBlueprint) async throws -> ProviderOutcome {
        if binaries.folders[blueprint.major] == nil { throw missing(major: blueprint.major) }
        try checkReachable(name)
        if let record = try? record(of: name), record.state == .destroying { _ = try await destroy(name) }
        let folder = home.folder(of: name)
        if !LocalFiles.exists(folder.path) {
            try choosingPorts { () throws(ProviderError) in try reserve(name, blueprint) }
        }
        var record = try record(of: name)
        guard record.state == .creating else { return .alreadyDone }
        let node = record.primaryNode
        let server = try server(name, record, node)
        try makeFolders(folder, node)
        if !LocalFiles.exists(server.folder.data) {
            record.ownership = blueprint.record
            try write(record, of: name)
            try await makeData(server, of: name, record, blueprint)
        }
        record.systemIdentifier = LocalServer.systemIdentifier(of: server.folder)
        record.state = .ready
        try write(record, of: name)
        return .performed
    }

    /// Makes the data in a folder of another name, which gets its own when it is complete.
    private func makeData(_ server: LocalServer, of name: String, _ record: LocalRecord, _ blueprint: InstanceBlueprint)
        async throws
    {
        let parameters = ServerConfiguration.parameterFile(blueprint.parameters)
        var configuration = configuration(of: name, record, record.primaryNode)
        configuration.isLogMinimal = ServerConfiguration.isLogMinimal(parameters)
        let settled = configuration
        if record.ownership.backup != nil { try makeArchive(of: name, record) }
        switch blueprint.origin {
        case nil:
            try await server.initialise(charset: record.charset) { data throws(ProviderError) in
                try self.write(settled, parameters, to: data)
            }
        case .clone(let source):
            try await clone(source, as: server) { data throws(ProviderError) in
                try self.writeOver(settled, parameters, to: data)
            }
        case .backup(let source, let target):
            try await restore(target, of: source, as: server) { data throws(ProviderError) in
                try self.writeOver(settled, parameters, to: data)
            }
        }
    }

    /// Writes an instance's own files over those of the instance that its data comes from.
    func writeOver(_ configuration: ServerConfiguration, _ parameters: String, to data: String)
        throws(ProviderError)
    {
        try removeForeignFiles(in: data)
        try write(configuration, parameters, to: data)
    }

    /// Removes what made copied data a node of the instance that it comes from.
    func removeForeignFiles(in data: String) throws(ProviderError) {
        for name in [
            "standby.signal", "recovery.signal", "postgresql.auto.conf", "conf.d/standby.conf", "conf.d/takeover.conf",
            "conf.d/pgsteer.conf.previous", "conf.d/source.conf",
        ] {
            try files.remove("\(data)/\(name)")
        }
    }

    /// Chooses the ports and writes the record; the folder appears with the record in it, or not at all.
    ///
    /// Nothing here waits, so that instances made side by side do not choose the same port.
    private func reserve(_ name: String, _ blueprint: InstanceBlueprint) throws(ProviderError) {
        var record = LocalRecord(
            id: LocalRecord.newID(),
            state: .creating,
            created: Date.now.formatted(.iso8601),
            major: blueprint.major,
            charset: blueprint.charset,
            address: settings.address,
            port: try freeEndpointPort(for: name),
            nodes: [LocalNode(number: 1, port: try freeNodePort(for: name))],
            binaries: binaries.folders[blueprint.major],
            isExposed: false,
            ownership: blueprint.record
        )
        record.hasArchiver = true
        let unfinished = "\(home.instances)/\(Self.unfinishedPrefix)\(name)"
        try files.remove(unfinished)
        try files.makeFolder(unfinished, mode: 0o755)
        try files.write(record.text, to: unfinished + "/instance.json", mode: 0o600)
        try files.move(unfinished, to: home.folder(of: name).path)
    }

    /// Chooses ports and writes them into a record, while no other process does.
    ///
    /// Nothing in the body waits, so that instances made side by side in this process do not choose the same port either.
    func choosingPorts<Result>(_ body: () throws(ProviderError) -> Result) throws(ProviderError) -> Result {
        let lock = try ShortLock(blockingOn: .ports, home: home)
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    /// Returns a port for an endpoint; one that was chosen once is never given to another.
    ///
    /// - Parameter address: Where it is to listen; nil for where private endpoints do.
    func freeEndpointPort(for name: String, address: String? = nil) throws(ProviderError) -> Int {
        let taken = records()
            .flatMap { [$0.port] + $0.groups.map(\.port) + [$0.publicEndpoint?.port].compactMap(\.self) }
        return try freePort(in: settings.ports, address: address ?? settings.address, taken: Set(taken), for: name)
    }

    /// Returns a port for a server behind the gateway.
    func freeNodePort(for name: String) throws(ProviderError) -> Int {
        let taken = Set(records().flatMap(\.nodes).map(\.port))
        return try freePort(in: settings.nodePorts, address: "127.0.0.1", taken: taken, for: name)
    }

    private func freePort(
        in range: ClosedRange<Int>,
        address: String,
        taken: Set<Int>,
        for name: String
    ) throws(ProviderError) -> Int {
        guard let port = range.first(where: { !taken.contains($0) && TCPPort.isFree($0, address: address) }) else {
            throw ProviderError(
                "no port from \(range.lowerBound) to \(range.upperBound) is free for \(name)",
                help: "widen local.ports and local.nodePorts in the Fleet document"
            )
        }
        return port
    }

    func makeFolders(_ folder: InstanceFolder, _ node: LocalNode) throws(ProviderError) {
        let node = folder.node(node.number)
        try files.makeFolder(folder.nodes, mode: 0o755)
        for path in [folder.sockets, node.path, node.logs] {
            try files.makeFolder(path, mode: 0o755, owner: serverUser)
        }
    }

    private func write(_ configuration: ServerConfiguration, _ parameters: String, to data: String)
        throws(ProviderError)
    {
        let main = data + "/postgresql.conf"
        guard let text = LocalFiles.text(main) else { throw ProviderError("initdb left no \(main)") }
        try files.makeFolder(data + "/conf.d", mode: 0o700, owner: serverUser)
        try files.write(configuration.nodeFile, to: data + "/conf.d/pgsteer-node.conf", mode: 0o600, owner: serverUser)
        try files.write(parameters, to: data + "/conf.d/pgsteer.conf", mode: 0o600, owner: serverUser)
        try writeAuthentication(configuration, to: data)
        // What was copied from another instance has it already.
        let include = text.hasSuffix(ServerConfiguration.include) ? "" : ServerConfiguration.include
        try files.write(text + include, to: main, mode: 0o600, owner: serverUser)
    }

    /// Writes who may connect; returns whether anything had to be written.
    @discardableResult
    func writeAuthentication(_ configuration: ServerConfiguration, to data: String) throws(ProviderError) -> Bool {
        let rules = configuration.hostBasedAuthentication
        let areRulesNew = try files.write(rules, to: data + "/pg_hba.conf", mode: 0o600, owner: serverUser)
        let names = configuration.userNameMap
        let areNamesNew = try files.write(names, to: data + "/pg_ident.conf", mode: 0o600, owner: serverUser)
        return areRulesNew || areNamesNew
    }

    nonisolated func configuration(of name: String, _ record: LocalRecord, _ node: LocalNode) -> ServerConfiguration {
        let parameters = LocalFiles.text(home.folder(of: name).node(node.number).configuration) ?? ""
        return ServerConfiguration(
            record: record,
            node: node,
            instance: name,
            socketFolder: home.folder(of: name).sockets,
            logFolder: home.folder(of: name).node(node.number).logs,
            folder: home.folder(of: name),
            archive: archiveCommands(of: name, record),
            isLogMinimal: ServerConfiguration.isLogMinimal(parameters),
            administrators: Set([caller.name, serverUser?.name ?? caller.name]).sorted()
        )
    }

    func records() -> [LocalRecord] {
        LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }.compactMap { try? record(of: $0) }
    }

    // MARK: What would fail later, told first

    private func checkReachable(_ name: String) throws(ProviderError) {
        let socket = "\(home.folder(of: name).sockets)/.s.PGSQL.\(settings.nodePorts.upperBound)"
        // sockaddr_un has room for 107 bytes and a zero.
        guard socket.utf8.count <= 107 else {
            throw ProviderError(
                "the path \(socket) is \(socket.utf8.count) bytes long; a Unix socket's may have 107",
                help: "choose a shorter home with --home, or a shorter name"
            )
        }
        guard let serverUser else { return }
        var folder = ""
        for part in home.path.split(separator: "/") {
            folder += "/" + part
            var status = stat()
            guard stat(folder, &status) == 0 else { return }
            let bits = status.st_uid == serverUser.id ? 0o100 : status.st_gid == serverUser.group ? 0o010 : 0o001
            guard status.st_mode & mode_t(bits) != 0 else {
                throw ProviderError(
                    "the user \(serverUser.name), who runs the servers, cannot pass through \(folder)",
                    help: "choose another home with --home, or run: chmod a+x \(folder)"
                )
            }
        }
    }
}
