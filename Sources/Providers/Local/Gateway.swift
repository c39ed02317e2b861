import Glibc
import SideEffects

/// The HAProxy of a home: one process that serves the endpoints of all its instances.
///
/// An actor, because instances are changed side by side and the one configuration must follow them one by one.
actor Gateway {
    private let folder: String
    private let files: LocalFiles
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

    nonisolated private var configurationPath: String { folder + "/haproxy.cfg" }
    nonisolated private var processFile: String { folder + "/haproxy.pid" }
    nonisolated private var adminSocket: String { folder + "/admin.sock" }

    /// Where HAProxy is on this host; nil when it is not installed.
    static var program: String? { programs.first { access($0, X_OK) == 0 } }

    /// Returns what the running process serves; nil when none runs.
    nonisolated func served() -> GatewayAdministration.Served? {
        processID() == nil ? nil : GatewayAdministration.served(socket: adminSocket)
    }

    /// Makes the process serve exactly the routes there are, and returns when it does.
    ///
    /// One caller at a time: each asks for the routes when its turn comes, so that the last one sees all. A reload
    /// keeps every established session: the old worker goes on with those it has.
    func serve(_ routes: @Sendable () -> [GatewayConfiguration.Route]) async throws(ProviderError) {
        await takeTurn()
        defer { endTurn() }
        try await serve(only: routes())
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

    private func serve(only routes: [GatewayConfiguration.Route]) async throws(ProviderError) {
        if routes.isEmpty { return try await stop() }
        let configuration = GatewayConfiguration(
            routes: routes,
            adminSocket: adminSocket,
            user: caller.isRoot ? SystemUser.named("haproxy").map(\.name) : nil
        )
        await endStrays()
        let served = served()
        let before = LocalFiles.text(configurationPath)
        if isServing(routes, served), before == configuration.text { return }
        leadSessions(routes.filter { !(served?.includes($0) ?? true) }, served)
        try checkPorts(of: routes.filter { !(served?.listeners.contains($0.listener) ?? false) })
        try files.makeFolder(folder, mode: 0o700)
        try files.write(configuration.text, to: configurationPath, mode: 0o600)
        // What leads to another node does so already; nothing else needs a reload.
        if isServing(routes, self.served()), let before, GatewayConfiguration.isSame(before, configuration.text) {
            return
        }
        try await takeOver(routes)
    }

    /// Leads the sessions of instances with another primary to it at once: clients wait for it.
    private func leadSessions(_ routes: [GatewayConfiguration.Route], _ served: GatewayAdministration.Served?) {
        for route in routes where served?.listeners.contains(route.listener) ?? false {
            let nodes = route.active.sorted().map(String.init).joined(separator: ", ")
            files.effects.willPerform("lead the endpoint of \(route.shown) to node \(nodes.isEmpty ? "none" : nodes)")
            GatewayAdministration.lead(route, socket: adminSocket)
        }
    }

    private nonisolated func isServing(_ routes: [GatewayConfiguration.Route], _ served: GatewayAdministration.Served?)
        -> Bool
    {
        guard let served else { return false }
        return routes.allSatisfy(served.includes) && served.listeners.count == routes.count
    }

    private func start() async throws(ProviderError) {
        guard let program = Self.program else {
            throw ProviderError("HAProxy is not installed, and endpoints need it", help: "apt-get install haproxy")
        }
        try files.remove(processFile)
        files.effects.willPerform("start the gateway")
        let result = try await ChildProcess.run(program, ["-W", "-D", "-f", configurationPath, "-p", processFile])
        guard result.isSuccess else {
            let lines = (result.output + result.errors).split(separator: "\n").suffix(6).map(String.init)
            throw ProviderError("the gateway does not start", log: lines)
        }
    }

    /// Ends processes of this gateway that its pid file does not lead to: a second master, workers without a master.
    ///
    /// HAProxy shares its ports with any process of the same user, so a stray one would get a part of the sessions.
    private func endStrays() async {
        for attempt in 0..<100 {
            let strays = self.strays
            if strays.isEmpty { return }
            // A master that is still starting writes its pid file within moments; others are not ours to keep.
            for processID in strays where attempt >= 50 || self.processID() != nil { kill(pid_t(processID), SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private var strays: [Int] {
        let master = processID()
        return ProcessTable.processes(mentioning: configurationPath)
            .filter { processID in
                processID != master && (master == nil || ProcessTable.parent(of: processID) != master)
            }
    }

    private func stop() async throws(ProviderError) {
        if let processID = processID() {
            files.effects.willPerform("stop the gateway")
            kill(pid_t(processID), SIGTERM)
            for _ in 0..<500 where ProcessTable.isAlive(processID) { try? await Task.sleep(for: .milliseconds(10)) }
        }
        await endStrays()
        try files.remove(folder)
    }

    /// The master's process id; nil when none of ours runs.
    nonisolated func processID() -> Int? {
        guard let text = LocalFiles.text(processFile),
            let processID = text.split(separator: "\n").first.flatMap({ Int($0) })
        else { return nil }
        let isOurs =
            ProcessTable.isAlive(processID) && ProcessTable.arguments(of: processID).contains(configurationPath)
        return isOurs ? processID : nil
    }

    /// Lets the process read its configuration, and returns when it serves the routes.
    ///
    /// A master that is still busy with an earlier reload loses the signal, so it is sent again until it has worked.
    private func takeOver(_ routes: [GatewayConfiguration.Route]) async throws(ProviderError) {
        for _ in 0..<20 {
            if let processID = processID() {
                files.effects.willPerform("reload the gateway")
                kill(pid_t(processID), SIGUSR2)
            } else {
                try await start()
            }
            if await isServing(routes, within: .milliseconds(500)) { return }
        }
        try checkPorts(of: routes.filter { !(served()?.listeners.contains($0.listener) ?? false) })
        throw ProviderError(
            "the gateway did not take over its new configuration \(configurationPath) within 10 seconds"
        )
    }

    private func isServing(_ routes: [GatewayConfiguration.Route], within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if isServing(routes, served()) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    private func checkPorts(of routes: [GatewayConfiguration.Route]) throws(ProviderError) {
        for route in routes where !TCPPort.isFree(route.port, address: route.address) {
            let holder = ProcessTable.listener(on: route.port) ?? "another program"
            throw ProviderError(
                "the endpoint \(route.address):\(route.port) of \(route.shown) cannot be opened: \(holder) has the port",
                help: "stop that program; an instance keeps its port for ever, so it is not moved"
            )
        }
    }
}
