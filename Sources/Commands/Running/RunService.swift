import Diagnostics
import Execution
import FleetModel
import Observing
import Planning
import PostgresClient
import Providers
import Reconciliation
import Resources
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The loop with everything that wakes it: time, changed files, servers that end or hang.
actor RunService {
    private let paths: [String]
    private let options: GlobalOptions
    private let interval: Duration
    private let parallelism: Int
    private let log: RunLog
    private let interruption: Interruption
    private let lease: HomeLease
    /// The specifications that were read last without a mistake.
    private var session: FleetSession?
    private var digest: String?
    private var commit: String?
    /// Instances with two nodes that serve, for the probes.
    private var probed: Set<String> = []

    init(
        paths: [String],
        options: GlobalOptions,
        interval: Duration,
        parallelism: Int,
        log: RunLog,
        interruption: Interruption
    ) {
        self.paths = paths
        self.options = options
        self.interval = interval
        self.parallelism = parallelism
        self.log = log
        self.interruption = interruption
        lease = HomeLease(home: options.localHome)
    }

    /// Goes on until it is interrupted and what is under way has ended.
    func run() async throws {
        let (endings, tell) = AsyncStream<String>.makeStream()
        let watch = ServerWatch { tell.yield($0) }
        let log = log
        let loop = ReconcileLoop(interval: interval, parallelism: parallelism) { name, fleet in
            await self.pass(name, fleet)
        } report: { name, result in
            log.tell(result.condition, of: name)
            await self.follow(result.placement, of: name, watch)
        }
        log.tell("keeping \(paths.joined(separator: ", ")) true in \(options.localHome.path)")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.readAgain(for: loop) }
            group.addTask { await self.probe(for: loop) }
            group.addTask { for await name in endings { await loop.wake(name) } }
            group.addTask { await loop.run() }
            while !interruption.isWished { try? await Task.sleep(for: .milliseconds(50)) }
            await loop.stop()
            tell.finish()
            await group.waitForAll()
        }
        log.tell("stopped")
    }

    // MARK: Specifications

    /// Reads the specifications when they change, and every interval for the sake of secrets.
    private func readAgain(for loop: ReconcileLoop) async {
        var signature = ""
        var next = ContinuousClock.now
        while !interruption.isWished {
            let found = SpecFiles.signature(of: paths)
            if found != signature || ContinuousClock.now >= next {
                // Somebody may still be writing: what is read must stand still first.
                try? await Task.sleep(for: .milliseconds(100))
                signature = SpecFiles.signature(of: paths)
                if signature == found {
                    await read(for: loop)
                    next = .now + interval
                } else {
                    signature = ""
                }
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func read(for loop: ReconcileLoop) async {
        var collector = DiagnosticCollector()
        let texts = SpecFiles.read(paths, collector: &collector)
        var session = SpecSession(texts, collector: collector)
        session.loadSecrets()
        let found = session.collector.sorted
        let isNew = Self.digest(of: session, found) != digest
        digest = Self.digest(of: session, found)
        if session.collector.hasErrors {
            guard isNew else { return }
            log.tell(found)
            log.tell("the specifications have mistakes; everything stays as it is until they are mended")
            return
        }
        if isNew {
            log.tell(found)
            self.session = await FleetSession(options, desired: session.fleet)
            commit = await session.commit()
        }
        await loop.follow(session.fleet, isChanged: isNew)
    }

    /// Changes with the texts, the secrets and what is wrong with them; holds none of them.
    private static func digest(of session: SpecSession, _ diagnostics: [Diagnostic]) -> String {
        var hasher = Hasher()
        hasher.combine(session.texts)
        hasher.combine(session.fleet.secrets)
        hasher.combine(diagnostics)
        return String(hasher.finalize())
    }

    // MARK: Instances

    private func pass(_ name: String, _ fleet: DesiredFleet) async -> PassResult {
        guard let session = session?.renewed() else {
            let condition = FleetModel.Condition(.reconciling, reason: "Starting", message: "nothing was read yet")
            return PassResult(condition: condition, placement: nil, hasFailed: false)
        }
        let (lease, log, interruption, commit) = (lease, log, interruption, commit)
        let one = fleet.only(name)
        let pass = InstancePass(
            name: name,
            fleet: fleet,
            observer: session.observer,
            capabilities: session.local.capabilities,
            now: Int(Date.now.timeIntervalSince1970)
        ) { plan, observed in
            let run = PlanRun(
                verb: "run",
                session: session,
                desired: one,
                specCommit: { commit },
                parallelism: FleetSession.cores,
                interruption: interruption,
                progress: log
            )
            return try await lease.during { try await run.perform(plan, on: observed) }
        }
        return await pass.run()
    }

    private func follow(_ placement: InstanceObservation?, of name: String, _ watch: ServerWatch) {
        watch.watch(Set((placement?.nodes ?? []).compactMap(\.processID)), of: name)
        let isProbed = placement?.state == .running && placement?.standby?.isRunning ?? false
        if isProbed { probed.insert(name) } else { probed.remove(name) }
    }

    /// A server that is stopped in the middle of everything does not end: it has to be asked.
    private func probe(for loop: ReconcileLoop) async {
        while !interruption.isWished {
            try? await Task.sleep(for: .milliseconds(250))
            guard let provider = session?.provider else { continue }
            await withTaskGroup(of: Void.self) { group in
                for name in probed {
                    group.addTask {
                        guard let target = try? await provider.administration(of: name, node: nil) else { return }
                        if await !PostgresProbe.isAnswering(target, within: .milliseconds(600)) {
                            await loop.wake(name)
                        }
                    }
                }
            }
        }
    }
}

/// The right to change the home, shared by the passes of one loop: others who want it wait for all of them.
private actor HomeLease {
    private let home: LocalHome
    private var users = 0
    private var lock: Task<HomeLock, any Error>?

    init(home: LocalHome) {
        self.home = home
    }

    func during<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        users += 1
        defer {
            users -= 1
            if users == 0 { lock = nil }
        }
        let home = home
        let lock = lock ?? Task { try await HomeLock(home: home, purpose: "run", patience: .seconds(60)) }
        self.lock = lock
        _ = try await lock.value
        return try await body()
    }
}
