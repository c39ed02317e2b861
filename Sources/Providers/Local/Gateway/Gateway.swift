import Glibc
import SideEffects

/// The HAProxy of a home: one process that serves the endpoints of all its instances.
///
/// An actor, because instances are changed side by side and the one configuration must follow them one by one.
actor Gateway {
    private let folder: String
    let files: LocalFiles
    private let caller: SystemUser
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private static let programs = [
        "/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy", "/usr/local/bin/haproxy",
    ]

    init(folder: String, files: LocalFiles, caller: SystemUser) {
        self.folder = folder
        self.files = files
        self.caller = caller
    }

    nonisolated var configurationPath: String { folder + "/haproxy.cfg" }
    nonisolated private var adminSocket: String { folder + "/admin.sock" }
    nonisolated var masterSocket: String { folder + "/master.sock" }
    /// Where the files with the rules of security groups are, one for each instance that has any.
    nonisolated var accessFolder: String { folder + "/access" }
    nonisolated private var processes: GatewayProcesses {
        GatewayProcesses(configurationPath: configurationPath, processFile: folder + "/haproxy.pid")
    }

    /// The master's process id; nil when none of ours runs.
    nonisolated func processID() -> Int? { processes.namedMaster ?? processes.look().master }

    /// Where HAProxy is on this host; nil when it is not installed.
    static var program: String? { programs.first { access($0, X_OK) == 0 } }

    /// Returns what the running process serves; nil when none runs, or when it does not answer within 10 seconds.
    ///
    /// A master that is just reading its configuration is not there to answer for a moment, and for longer on a busy
    /// machine.
    nonisolated func served() async -> GatewayAdministration.Served? {
        guard LocalFiles.exists(configurationPath) else { return nil }
        let deadline = ContinuousClock.now + .seconds(10)
        while await processes.master() != nil {
            if let served = servedNow { return served }
            if ContinuousClock.now > deadline { return nil }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    private nonisolated var servedNow: GatewayAdministration.Served? {
        GatewayAdministration.served(socket: adminSocket, accessFolder: accessFolder)
    }

    /// Makes the process serve exactly the routes there are, and returns when it does; returns whether that took anything.
    ///
    /// One caller at a time: each asks for the routes when its turn comes, so that the last one sees all. A reload
    /// keeps every established session: the old worker goes on with those it has.
    @discardableResult
    ///
    /// - Parameters:
    ///   - spared: Instances whose sessions go on although no route is known, because their records cannot be read.
    ///   - right: Takes what keeps other processes from the gateway meanwhile.
    ///   - change: Writes down what the routes are made from, while nobody else does.
    func serve(
        _ routes: @Sendable () -> [GatewayConfiguration.Route],
        sparing spared: @Sendable () -> Set<String>,
        holding right: @Sendable () async throws(ProviderError) -> ShortLock,
        after change: @Sendable () throws(ProviderError) -> Void
    ) async throws(ProviderError) -> Bool {
        await takeTurn()
        defer { endTurn() }
        let lock = try await right()
        defer { withExtendedLifetime(lock) {} }
        try change()
        return try await serve(only: routes(), sparing: spared())
    }

    private func takeTurn() async {
        if !isBusy {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func endTurn() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    private func serve(only routes: [GatewayConfiguration.Route], sparing spared: Set<String>)
        async throws(ProviderError) -> Bool
    {
        if routes.isEmpty { return try await stop() }
        let configuration = GatewayConfiguration(
            routes: routes,
            adminSocket: adminSocket,
            user: caller.isRoot ? SystemUser.named("haproxy").map(\.name) : nil
        )
        await endStrays()
        let served = await served()
        let before = LocalFiles.text(configurationPath)
        let isRight = isServing(routes, served) && before == configuration.text && routes.allSatisfy(hasRules)
        if !isRight { try await bring(routes, to: configuration, from: before, served) }
        let closed = try await closeStrangers(to: routes, sparing: spared, isChanged: !isRight)
        return !isRight || closed > 0
    }

    private func bring(
        _ routes: [GatewayConfiguration.Route],
        to configuration: GatewayConfiguration,
        from before: String?,
        _ served: GatewayAdministration.Served?
    ) async throws(ProviderError) {
        leadSessions(routes.filter { !(served?.leads($0) ?? true) }, served)
        try checkPorts(of: routes, served)
        try files.makeFolder(folder, mode: 0o700)
        try writeRules(of: routes)
        try files.write(configuration.text, to: configurationPath, mode: 0o600)
        let wanted = routes.reduce(into: Set<String>()) { $0.formUnion($1.listeners) }
        for listener in (served?.listeners ?? []).subtracting(wanted).sorted() {
            files.effects.willPerform("close the endpoint \(listener)")
            GatewayAdministration.close(listener, socket: adminSocket)
        }
        // An instance's read-only groups are guarded by the same table.
        var enforced: Set<String> = []
        for route in routes where served?.rules[route.accessFile] != nil && !(served?.guards(route) ?? true) {
            guard enforced.insert(route.accessFile).inserted else { continue }
            files.effects.willPerform("put the rules of \(route.instance) in force")
            GatewayAdministration.enforce(route, socket: adminSocket)
        }
        // What leads to another node or is guarded by other rules does so already; nothing else needs a reload.
        let isSame = before.map { GatewayConfiguration.isSame($0, configuration.text) } ?? false
        let isServed = isSame ? isServing(routes, await self.served()) : false
        if !isServed { try await takeOver(routes) }
        try removeRules(otherThan: routes)
    }

    /// Leads the sessions of instances with another primary to it at once: clients wait for it.
    private func leadSessions(_ routes: [GatewayConfiguration.Route], _ served: GatewayAdministration.Served?) {
        for route in routes where served?.listeners.contains(route.listener) ?? false {
            let nodes = route.nodes.filter(route.isActive).map(\.shown).joined(separator: ", ")
            files.effects.willPerform("lead the endpoint of \(route.shown) to \(nodes.isEmpty ? "no node" : nodes)")
            GatewayAdministration.lead(route, socket: adminSocket)
        }
    }

    /// Whether the running process serves these routes, and maybe others, at this moment; changes nothing.
    nonisolated func includes(_ routes: [GatewayConfiguration.Route]) -> Bool {
        servedNow.map { routes.allSatisfy($0.includes) } ?? false
    }

    private nonisolated func isServing(_ routes: [GatewayConfiguration.Route], _ served: GatewayAdministration.Served?)
        -> Bool
    {
        guard let served else { return false }
        let wanted = routes.reduce(into: Set<String>()) { $0.formUnion($1.listeners) }
        return routes.allSatisfy(served.includes) && served.listeners == wanted
    }

    private func start() async throws(ProviderError) {
        guard let program = Self.program else {
            throw ProviderError("HAProxy is not installed, and endpoints need it", help: "apt-get install haproxy")
        }
        try files.remove(processes.processFile)
        files.effects.willPerform("start the gateway")
        let words = [
            "-W", "-D", "-S", "\(masterSocket),mode,600", "-f", configurationPath, "-p", processes.processFile,
        ]
        let result = try await ChildProcess.run(program, words)
        guard result.isSuccess else {
            let lines = (result.output + result.errors).split(separator: "\n").suffix(6).map(String.init)
            throw ProviderError("the gateway does not start", log: lines)
        }
    }

    /// Ends processes of this gateway that its master does not lead: a second master, workers without a master.
    ///
    /// HAProxy shares its ports with any process of the same user, so a stray one would get a part of the sessions.
    private func endStrays() async {
        for attempt in 0..<250 {
            let found = processes.look()
            if found.strays.isEmpty { return }
            // Workers end by themselves when their master is gone, and so does what only started a master. Who of two
            // is the master is known as soon as its pid file is there.
            if attempt >= 100 || attempt >= 25 && processes.namedMaster != nil {
                for processID in found.strays { kill(pid_t(processID), SIGKILL) }
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Returns whether there was anything to stop.
    private func stop() async throws(ProviderError) -> Bool {
        let wasThere = LocalFiles.exists(folder)
        await endMaster()
        try files.remove(folder)
        return wasThere
    }

    private func endMaster() async {
        if let processID = await processes.master() {
            files.effects.willPerform("stop the gateway")
            kill(pid_t(processID), SIGTERM)
            for _ in 0..<500 where ProcessTable.isAlive(processID) { try? await Task.sleep(for: .milliseconds(10)) }
        }
        await endStrays()
    }

    /// Lets the process read its configuration, and returns when it serves the routes.
    ///
    /// A master that is still busy with an earlier reload loses the signal, so it is sent again until it has worked;
    /// each time there is more patience, because every signal is one more thing to do for a busy master.
    private func takeOver(_ routes: [GatewayConfiguration.Route]) async throws(ProviderError) {
        let deadline = ContinuousClock.now + .seconds(60)
        var patience = Duration.milliseconds(500)
        while ContinuousClock.now < deadline {
            // Each worker takes the socket over from the one before it, so a file that somebody removed never comes back.
            if patience > .seconds(2), !LocalFiles.exists(adminSocket) { await endMaster() }
            if let processID = await processes.master() {
                files.effects.willPerform("reload the gateway")
                kill(pid_t(processID), SIGUSR2)
            } else {
                await endStrays()
                try await start()
            }
            if await isServing(routes, within: patience) { return }
            patience = min(patience * 2, .seconds(8))
        }
        try checkPorts(of: routes, await served())
        throw ProviderError(
            "the gateway did not take over its new configuration \(configurationPath) within 60 seconds",
            help: "look whether the machine is overloaded, and run it again"
        )
    }

    private func isServing(_ routes: [GatewayConfiguration.Route], within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if isServing(routes, servedNow) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Refuses what another program stands in the way of.
    private func checkPorts(of routes: [GatewayConfiguration.Route], _ served: GatewayAdministration.Served?)
        throws(ProviderError)
    {
        for route in routes {
            for (listener, place) in route.places
            where !(served?.listeners.contains(listener) ?? false)
                && !TCPPort.isFree(place.port, address: place.address)
            {
                // The gateway itself has it and only could not be asked yet.
                if let processID = ProcessTable.listenerID(on: place.port), processes.includes(processID) { continue }
                if !TCPPort.isOfThisHost(place.address) {
                    throw ProviderError(
                        "the public endpoint \(place.shown) of \(route.shown) cannot be opened: this host has no address \(place.address)",
                        help:
                            "correct local.publicAddress in the Fleet document, and turn network.public off and on again"
                    )
                }
                let holder = ProcessTable.listener(on: place.port) ?? "another program"
                throw ProviderError(
                    "the endpoint \(place.shown) of \(route.shown) cannot be opened: \(holder) has the port",
                    help: "stop that program; an instance keeps its port for ever, so it is not moved"
                )
            }
        }
    }
}
