import ArgumentParser
import Dashboard
import Execution
import Glibc
import Notifying
import Providers
import Reconciliation
import Serving

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract:
            "Keeps the servers equal to the specifications until it is ended: looks, plans and acts again and again.",
        discussion: """
            Instances are looked at side by side every --interval, and at once when a specification changes, a server dies \
            or hangs, or somebody asks with reconcile. A primary that dies is replaced by its standby, or started again. A \
            mistake in a specification is told once and changes nothing. What is no longer declared stays, unless --prune. \
            A second run on the same home stands by until the first one is gone. SIGTERM finishes the step at hand.

              pgsteer run specs                                  a folder of this host
              pgsteer run --git git@example.org:db.git           the folder specs of the branch main
            """
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "How often every instance, and the repository of --git, is looked at, give or take a tenth: 30s, 5m.",
            valueName: "time"
        )
    )
    var interval: SecondsArgument = 30

    @Flag(help: "Remove what no specification declares any more, where it may be removed.")
    var prune = false

    @Flag(help: "Bring every instance to where it should be once, and end; for a timer.")
    var once = false

    @Flag(help: "Only look and tell what differs; never write to a server.")
    var observeOnly = false

    @Option(help: ArgumentHelp("How long a step at hand may take when the loop is ended: 60s, 5m.", valueName: "time"))
    var grace: SecondsArgument = 60

    @Option(help: "How many actions of one instance are performed side by side; the number of cores by default.")
    var parallelism: Int?

    @Option(
        help: ArgumentHelp(
            "Show a page, an API and metrics there: 127.0.0.1:7432. Any other address than this host's own needs a token.",
            valueName: "host:port"
        )
    )
    var listen: String?

    @Option(help: ArgumentHelp("The file with the token that readers of the page must know.", valueName: "file"))
    var tokenFile: String?

    func validate() throws {
        if interval.seconds < 1 { throw ValidationError("--interval is 1 second or more") }
        if let parallelism, parallelism < 1 { throw ValidationError("--parallelism is 1 or more") }
        if let listen {
            guard let address = ListenAddress(listen) else {
                throw ValidationError("--listen is HOST:PORT, such as 127.0.0.1:7432; \"\(listen)\" is not")
            }
            if !address.isLoopback, tokenFile == nil {
                throw ValidationError(
                    "others than this host reach \(address); name a --token-file, or listen on 127.0.0.1"
                )
            }
            if once { throw ValidationError("--once ends before anybody could read a page; leave --listen out") }
        } else if tokenFile != nil {
            throw ValidationError("--token-file is for the page; name its address with --listen")
        }
        if repository.git != nil, !specs.paths.isEmpty {
            throw ValidationError("specifications are in a folder or in --git, not in both; name the folder by --path")
        }
        if observeOnly, prune { throw ValidationError("--observe-only removes nothing; leave --prune out") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let code = try await loop()
            if code != 0 { throw ExitCode(code) }
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch {
            throw terminal.failure(error)
        }
    }

    /// Returns the exit code.
    private func loop() async throws -> Int32 {
        ProcessMemory.limit()
        let interruption = Interruption()
        let interrupts = interrupts(interruption)
        defer { interrupts.cancel() }
        let session = await FleetSession(global)
        let keeping = try once ? keeping(session) : nil
        // Beside a loop, that loop tells.
        let notifier = once && keeping == nil ? nil : notifier(session)
        let status = LoopStatus(firstState, watcher: notifier)
        let host = LoopSession(
            global,
            session: session,
            interruption: interruption,
            parallelism: parallelism ?? FleetSession.cores,
            notifier: notifier
        )
        let page = try await page(of: status, host: host, history: session.home.history)
        let reconciler = Reconciler(
            source: try source(session),
            host: host,
            home: session.home,
            keeping: keeping,
            options: loopOptions,
            interruption: interruption,
            status: status,
            effects: session.effects
        )
        let failed = try await withThrowingTaskGroup(of: Void.self) { group in
            if let page { group.addTask { await page.run() } }
            if let notifier, !once {
                group.addTask { await notify(notifier, session, status, host) }
            }
            let failed = try await reconciler.run()
            group.cancelAll()
            return failed
        }
        guard once else { return interrupts.exitCode }
        if let notifier { await tellOnce(notifier, session, telling(status, host)) }
        let code = await codeOfOnce(status.state, interrupts)
        return code == 0 && !failed.isEmpty ? 1 : code
    }

    private func interrupts(_ interruption: Interruption) -> LoopInterrupts {
        let log = LoopLog(terminal: Terminal(global), format: global.logFormat)
        return LoopInterrupts(interruption, grace: grace.seconds) { [grace] in
            let text =
                "what runs has not ended within --grace (\(grace.seconds) s) and is broken off; the next loop makes it good"
            log.tell(LoopEvent(.stopping, .error, text))
        }
    }

    /// Where the specifications come from: the repository, or files of this host.
    private func source(_ session: FleetSession) throws -> any SpecSource {
        if let source = try repository.source(session, interval: interval.seconds) { return source }
        let paths = try specs.resolvedPaths
        let last = LastSpecifications(folder: session.home.loop, paths: paths, effects: session.effects)
        return FolderSource(paths, commits: Git.self, last: once ? nil : last)
    }

    /// Tells the channels what a single round came to.
    private func tellOnce(_ notifier: Notifier, _ session: FleetSession, _ telling: SourceTelling) async {
        ReadyMigrations(home: session.home, effects: session.effects).look(notifier)
        await notifier.sendAll(telling, within: .seconds(30))
    }

    /// The right to keep the home, for a single round; nil while a loop has it.
    private func keeping(_ session: FleetSession) throws -> FileLock? {
        try session.home.loop.make(session.effects)
        let lock = try FileLock(session.home.loop.lock)
        return lock.take(for: "run --once") ? lock : nil
    }

    private func telling(_ status: LoopStatus, _ host: LoopSession) -> SourceTelling {
        SourceTelling(status: status) { event in
            host.report(event)
            await status.add(event)
        }
    }

    private func notifier(_ session: FleetSession) -> Notifier {
        Notifier(
            home: session.home,
            effects: session.effects,
            host: FleetSession.hostName,
            environment: ProcessInfo.processInfo.environment
        )
    }

    /// Tells the channels of the fleet until the task is cancelled.
    private func notify(_ notifier: Notifier, _ session: FleetSession, _ status: LoopStatus, _ host: LoopSession) async
    {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run(telling(status, host)) }
            group.addTask { await ReadyMigrations(home: session.home, effects: session.effects).run(notifier) }
        }
    }

    private var loopOptions: LoopOptions {
        var options = LoopOptions()
        options.interval = .seconds(interval.seconds)
        options.prune = prune
        options.isOnce = once
        options.isObserveOnly = observeOnly
        return options
    }

    private var firstState: LoopState {
        LoopState(process: Int(getpid()), started: .now, interval: Double(interval.seconds), isObserveOnly: observeOnly)
    }

    /// Nil where none is asked for.
    private func page(of status: LoopStatus, host: LoopSession, history: String) async throws -> PageService? {
        guard let address = listen.flatMap(ListenAddress.init) else { return nil }
        return PageService(
            address,
            token: try tokenFile.map(PageToken.read),
            keeper: await FactKeeper(status: status, history: history),
            host: host,
            status: status
        )
    }

    /// A single round has failed when an instance is not as desired, and has not been told to wait.
    private func codeOfOnce(_ state: LoopState, _ interrupts: LoopInterrupts) -> Int32 {
        if interrupts.exitCode != 0 { return interrupts.exitCode }
        if state.specProblem != nil || state.specDigest == nil { return 1 }
        let failed = state.instances.contains { $0.condition(.stalled) != nil || $0.failures > 0 }
        if failed { return 1 }
        return observeOnly && state.instances.contains { !$0.isReady } ? 2 : 0
    }
}
