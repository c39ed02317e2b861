package import FleetModel
package import PostgresClient
package import SideEffects

/// Keeps instances on this host: PostgreSQL's own programs for the servers, HAProxy for their endpoints.
package actor LocalProvider: InstanceProvider {
    package nonisolated let home: LocalHome
    package nonisolated let capabilities: ProviderCapabilities
    let settings: LocalSettings
    package nonisolated let binaries: ServerBinaries
    let files: LocalFiles
    let gateway: Gateway
    nonisolated let kept = KeptRecords()
    let caller: SystemUser
    /// Who runs the servers; nil for the caller. PostgreSQL refuses to run as root.
    package nonisolated let serverUser: SystemUser?

    package init(
        home: LocalHome,
        settings: LocalSettings,
        effects: SideEffectCounter,
        searchPath: String
    ) async {
        self.home = home
        self.settings = settings
        caller = .caller
        serverUser = caller.isRoot ? SystemUser.named("postgres") : nil
        files = LocalFiles(effects: effects)
        gateway = Gateway(folder: home.gateway, files: files, caller: caller)
        binaries = await ServerBinaries.find(in: settings.binaries, searchPath: searchPath)
        capabilities = ProviderCapabilities(
            provider: "local",
            majors: binaries.folders.keys.sorted(),
            features: [.dual, .publicEndpoint, .securityGroups, .tls, .backups],
            tlsMajors: binaries.tlsMajors
        )
    }

    /// The same home with an actor of its own.
    init(beside other: LocalProvider) {
        home = other.home
        capabilities = other.capabilities
        settings = other.settings
        binaries = other.binaries
        files = other.files
        gateway = other.gateway
        caller = other.caller
        serverUser = other.serverUser
    }

    package func administration(of name: String, node: Int?) throws -> ConnectionTarget {
        let record = try record(of: name)
        guard let place = record.node(node ?? record.primary) else {
            throw ProviderError("\(name) has no node \(node ?? record.primary)")
        }
        return LocalServer.administration(sockets: home.folder(of: name).sockets, port: place.port)
    }

    /// How to connect to the nodes that follow an instance's primary, by their numbers.
    package func followers(of name: String) throws -> [Int: ConnectionTarget] {
        let record = try record(of: name)
        return try record.nodes.filter { $0.number != record.primary }
            .reduce(into: [:]) { $0[$1.number] = try administration(of: name, node: $1.number) }
    }

    package func perform(_ operation: ProviderOperation, on name: String) async throws -> ProviderOutcome {
        switch operation {
        case .provision(let blueprint): try await provision(name, blueprint)
        case .configure(let values): try await configure(name, values.desired)
        case .start: try await start(name)
        case .restart(let limit): try await restart(name, checkpointLimit: limit)
        case .switchover(let limit): try await switchOver(name, checkpointLimit: limit)
        case .attach: try await attach(name)
        case .detach: try await detach(name)
        case .attachGroup(let group, let policy): try await attach(group, policy, of: name)
        case .detachGroup(let group): try await detach(group, of: name)
        case .expose(let exposure): try await expose(name, exposure)
        case .tendLogs: try await tendLogs(of: name)
        case .secure(let request): try await secure(name, request)
        case .archive: try await archive(name)
        case .backup: try await backUp(name)
        case .record(let ownership): try remember(ownership, of: name)
        case .destroy: try await destroy(name)
        }
    }

    /// The process of the gateway; nil when none runs.
    package nonisolated var gatewayProcessID: Int? { gateway.processID() }

    /// Removes what interrupted creations and removals left outside of any instance; not what another process is at.
    package func removeLeftovers() async throws {
        let prefixes = [Self.unfinishedPrefix, Self.removedPrefix]
        for name in LocalFiles.names(in: home.instances) where name.hasPrefix(".") {
            let instance = prefixes.first(where: name.hasPrefix).map { String(name.dropFirst($0.count)) } ?? ""
            let path = "\(home.instances)/\(name)"
            if instance.isEmpty {
                try files.remove(path)
            } else {
                _ = try await InstanceLocks.ifFree(instance, home: home, purpose: "clearing away") {
                    try files.remove(path)
                }
            }
        }
    }

    /// What the folder of an instance is called while it is made, and while it is removed.
    static let unfinishedPrefix = ".new-"
    static let removedPrefix = ".removed-"

    // MARK: Records

    /// Reads the instance's own record; throws when there is none that can be used.
    nonisolated func record(of name: String) throws(ProviderError) -> LocalRecord {
        let folder = home.folder(of: name)
        guard let text = LocalFiles.text(folder.record) else {
            kept.forget(folder.record)
            throw ProviderError(
                "there is no instance \(name) in \(home.path)",
                help: "pgsteer get instances lists them"
            )
        }
        guard let record = kept.record(text, at: folder.record) else {
            throw ProviderError("\(folder.record) is damaged", help: "see: pgsteer doctor")
        }
        return record
    }

    @discardableResult
    func write(_ record: LocalRecord, of name: String) throws(ProviderError) -> Bool {
        try files.write(record.text, to: home.folder(of: name).record, mode: 0o600)
    }

    /// The server of an instance's primary.
    func primary(of name: String) throws(ProviderError) -> LocalServer {
        let record = try record(of: name)
        return try server(name, record, record.primaryNode)
    }

    func server(_ name: String, _ record: LocalRecord, _ node: LocalNode) throws(ProviderError) -> LocalServer {
        let remembered = record.binaries.flatMap { ServerBinaries.isServer($0) ? $0 : nil }
        guard let folder = binaries.folders[record.major] ?? remembered else {
            throw missing(major: record.major)
        }
        if caller.isRoot, serverUser == nil {
            throw ProviderError(
                "PostgreSQL does not run as root, and this host has no user postgres",
                help: "install PostgreSQL from packages, or run pgsteer as another user"
            )
        }
        let place = home.folder(of: name)
        return LocalServer(
            folder: place.node(node.number),
            port: node.port,
            sockets: place.sockets,
            binaries: folder,
            user: serverUser,
            files: files
        )
    }

    func missing(major: Int) -> ProviderError {
        let majors = capabilities.majors.map(String.init).joined(separator: ", ")
        return ProviderError(
            "PostgreSQL \(major) is not installed on this host; there is \(majors.isEmpty ? "none" : majors)",
            help: "install it, or name its folder in local.binaries of the Fleet document"
        )
    }

    private func remember(_ ownership: OwnershipRecord, of name: String) throws(ProviderError) -> ProviderOutcome {
        var record = try record(of: name)
        record.ownership = ownership
        return try write(record, of: name) ? .performed : .alreadyDone
    }
}

extension LocalProvider {
    /// Where HAProxy is on this host; nil when it is not installed.
    package static var gatewayProgram: String? { Gateway.program }
}

extension LocalProvider {
    /// Where an instance's own client programs are, and how they reach the server of its primary.
    package struct ClientTools: Sendable {
        /// The folder of `pg_dump`, `pg_restore`, `psql`.
        package var folder: String
        /// The folder of the Unix socket.
        package var sockets: String
        package var port: Int

        package func program(_ name: String) -> String { "\(folder)/\(name)" }
    }

    package func clientTools(of name: String) throws(ProviderError) -> ClientTools {
        let server = try primary(of: name)
        return ClientTools(folder: server.binaries, sockets: server.sockets, port: server.port)
    }
}
