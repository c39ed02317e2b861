import ArgumentParser
import Execution
import Providers

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Keeps the servers equal to the specifications: looks, plans and acts, again and again.",
        discussion: """
            Each instance is looked at every interval, and right away when its specification changes or one of its servers \
            ends or no longer answers; a standby then takes over by itself. An instance's trouble is tried again after a \
            while that grows, and delays no other. A mistake in a specification leaves everything as it is until it is \
            mended. Nothing is ever deleted because a document is gone. A second run in the same home waits and takes over \
            when the first one ends. Ctrl-C, or SIGTERM, finishes what is under way.
            """
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("How long between two looks at an instance.", valueName: "seconds"))
    var interval = 30

    @Option(help: "How many instances are looked at side by side; twice the number of cores by default.")
    var parallelism: Int?

    func validate() throws {
        if interval < 1 { throw ValidationError("--interval is 1 or more seconds") }
        if let parallelism, parallelism < 1 { throw ValidationError("--parallelism is 1 or more") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        let paths = try specs.chosen()
        let log = RunLog(terminal: terminal, format: global.logFormat)
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: terminal)
        defer { withExtendedLifetime(interrupts) {} }
        do {
            guard let lock = try await standBy(log, until: interruption) else { return }
            defer { withExtendedLifetime(lock) {} }
            let service = RunService(
                paths: paths,
                options: global,
                interval: .seconds(interval),
                parallelism: parallelism ?? FleetSession.cores * 2,
                log: log,
                interruption: interruption
            )
            try await service.run()
        } catch {
            throw terminal.failure(error)
        }
    }

    /// Waits until no other run works in this home; nil when it was interrupted meanwhile.
    private func standBy(_ log: RunLog, until interruption: Interruption) async throws -> HomeLock? {
        var hasTold = false
        while !interruption.isWished {
            do throws(ProviderError) {
                return try await HomeLock(.loop, home: global.localHome, purpose: "run")
            } catch {
                guard error.message.hasPrefix("another pgsteer") else { throw error }
                if !hasTold { log.tell("standing by: \(error.message)") }
                hasTold = true
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        return nil
    }
}
