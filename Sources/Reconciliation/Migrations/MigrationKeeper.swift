import Execution
import FleetModel
import Resources
import SpecSchema
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Begins the declared migrations when their time has come, and goes on with those that were interrupted.
///
/// Each in a task of its own, outside of the loops of instances: what takes days holds up neither a takeover nor a change.
/// Where the copy stands is known from both ends, so a loop that is killed costs the rows of the batches at hand.
actor MigrationKeeper {
    private let context: LoopContext
    private var running: [String: Work] = [:]
    private var attempts: [String: Attempts] = [:]
    private var following: [String: MigrationLook.Following] = [:]
    private var measuring: Set<String> = []
    private var nextMeasure = ContinuousClock.now
    /// What a migration waits for, as it was told last.
    private var waits: [String: String] = [:]
    /// Those that no document declares and that have been told.
    private var undeclared: Set<String> = []

    /// A migration that is worked on as its document was when that began.
    private struct Work {
        var interruption: Interruption
        var migration: Migration
        var windows: [String]?

        /// Whether a document still says of what is under way what it said then.
        func isStill(_ migration: Migration, _ instances: [String: Instance]) -> Bool {
            migration.cutover == self.migration.cutover && migration.sourceGuard == self.migration.sourceGuard
                && migration.windows(in: instances) == windows
        }
    }

    /// How often it has failed in a row, and when it is tried again.
    private struct Attempts {
        var failures = 0
        var next = ContinuousClock.now
        var told: String?
        let lines = ToldLines()
        /// The specifications that it failed with.
        var digest = ""
    }

    private static let tick = Duration.seconds(1)
    /// Between two looks at how far targets are behind; both ends are asked for it.
    private static let measureInterval = Duration.seconds(15)

    init(context: LoopContext) {
        self.context = context
    }

    /// Runs until the loop is to end; what is being copied is stopped in good order then.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !context.interruption.isWished, !Task.isCancelled {
                if let force = context.force { await look(force, &group) }
                await sleep()
            }
            stopAll()
        }
        await look()
    }

    private func stopAll() { for work in running.values { work.interruption.wish() } }

    /// Works on every migration whose turn it is, until nothing is left that it can do by itself; returns those that failed.
    func runOnce() async -> [String] {
        await withDiscardingTaskGroup { group in
            guard let force = context.force, !context.interruption.isWished else { return }
            await look(force, &group)
            while !running.isEmpty {
                if context.interruption.isWished { stopAll() }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        await look()
        return attempts.filter { $0.value.failures > 0 }.keys.sorted()
    }

    /// In pieces, so that the end is noticed at once.
    private func sleep() async {
        let end = ContinuousClock.now + Self.tick
        while ContinuousClock.now < end, !context.interruption.isWished {
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: Deciding

    private func look(_ force: LoopContext.Force, _ group: inout DiscardingTaskGroup) async {
        let declared = force.revision.desired.migrations
        let looks = await look()
        await tellUndeclared(force.revision.desired)
        let mayAct = context.pause == nil && !context.options.isObserveOnly
        stopOthers(than: force.revision.desired, mayAct: mayAct)
        attempts = attempts.filter { declared[$0.key] != nil }
        var waits: [String: String] = [:]
        let now = Int(Date.now.timeIntervalSince1970)
        for (name, migration) in declared.sorted(by: { $0.key < $1.key }) where running[name] == nil {
            let turn = MigrationTurn.decide(
                start: migration.start,
                state: looks[name]?.state,
                completes: migration.cutover.when != .manual,
                closed: migration.closedWindow(force.revision.desired.instances, at: now),
                ends: await ends(of: migration, force),
                now: now
            )
            switch turn {
            case .person: continue
            case .waits(let reason): waits[name] = reason
            case .loop where !mayAct:
                waits[name] = context.pause == nil ? "the loop only observes" : "the loop is paused"
            case .loop:
                // Somebody works on it in a terminal.
                if looks[name]?.isWorkedOn ?? false { continue }
                begin(migration, force, &group)
            }
        }
        if waits != self.waits { await context.status.note(migrationWaits: waits) }
        self.waits = waits
        measure(declared, looks, force, &group)
    }

    /// Stops what is worked on and is to be left alone now, or is to be done otherwise: then it is begun again.
    private func stopOthers(than desired: DesiredFleet, mayAct: Bool) {
        for (name, work) in running {
            let goesOn =
                desired.migrations[name]
                .map { work.isStill($0, desired.instances) && Self.suspended($0, desired).isEmpty }
            if !mayAct || goesOn != true { work.interruption.wish() }
        }
    }

    /// The instances among the ends of a migration that the loop was told to leave alone.
    private static func suspended(_ migration: Migration, _ desired: DesiredFleet) -> [String] {
        Set([migration.source.value.instance, migration.target.value.instance].compactMap(\.self)).sorted()
            .filter { desired.instances[$0]?.suspended?.value ?? false }
    }

    /// Tells of migrations whose documents went away while they were at work, once.
    private func tellUndeclared(_ desired: DesiredFleet) async {
        let places = context.host.undeclaredMigrations(besides: desired)
        for (name, place) in places.sorted(by: { $0.key < $1.key }) where !undeclared.contains(name) {
            let effect = "nothing works on it, and its source keeps its log for it"
            let cure = "put its document back; to end it, then run: pgsteer migration cancel \(name)"
            let text = "\(name) (\(place)) is not declared any more: \(effect); \(cure)"
            await context.tell(LoopEvent(.migration, .warning, text))
        }
        undeclared = Set(places.keys)
    }

    /// Looks at the files of every declared migration, and lets everybody know.
    @discardableResult
    private func look() async -> [String: MigrationLook] {
        var looks: [String: MigrationLook] = [:]
        for name in context.force?.revision.desired.migrations.keys.sorted() ?? [] {
            guard var look = context.host.migrationLook(name) else { continue }
            if look.state.isFollowing {
                // Who works on it measures it, too.
                if !look.isWorkedOn { look.following = following[name] }
            } else {
                look.following = nil
                following[name] = nil
            }
            looks[name] = look
        }
        await context.status.note(migrations: looks)
        return looks
    }

    private func ends(of migration: Migration, _ force: LoopContext.Force) async -> MigrationTurn.Ends {
        var ends = MigrationTurn.Ends(suspended: Self.suspended(migration, force.revision.desired))
        let names = [migration.source.value.instance, migration.target.value.instance].compactMap(\.self)
        let looks = await context.status.looks
        for name in Set(names).sorted() {
            guard force.revision.desired.instances[name] != nil else { continue }
            // Databases and accounts that the migration needs come after the server.
            let isMade = looks[name]
                .map { look in
                    // One that is being filled has not all that is declared, and need not run.
                    if look.observed?.placement.filledBy != nil { return true }
                    return look.observed?.placement.state == .running
                        && !look.plan.actions.contains { $0.operation == .provision || $0.operation == .start }
                        && !look.plan.changes.contains { $0.operation == .create }
                }
            if !(isMade ?? false) { ends.absent.append(name) }
        }
        return ends
    }

    // MARK: Working

    private func begin(_ migration: Migration, _ force: LoopContext.Force, _ group: inout DiscardingTaskGroup) {
        let name = migration.name.value
        var attempt = attempts[name] ?? Attempts()
        // Changed specifications may be the cure.
        if attempt.digest != force.revision.digest {
            attempt = Attempts(told: attempt.told, digest: force.revision.digest)
        }
        attempts[name] = attempt
        guard ContinuousClock.now >= attempt.next else { return }
        let interruption = Interruption()
        running[name] = Work(
            interruption: interruption,
            migration: migration,
            windows: migration.windows(in: force.revision.desired.instances)
        )
        group.addTask { await self.work(on: migration, force, interruption) }
    }

    private func work(on migration: Migration, _ force: LoopContext.Force, _ interruption: Interruption) async {
        let name = migration.name.value
        do {
            _ = try await context.host.migrate(
                migration,
                desired: force.revision.desired,
                interruption: interruption,
                tell: teller(of: name)
            )
            attempts[name] = nil
        } catch {
            await noteFailure("\(error)", of: name)
        }
        running[name] = nil
        await look()
    }

    /// Tells what happens to a migration, but not again what an attempt before has told.
    private func teller(of name: String) -> @Sendable (String) -> Void {
        let (context, lines) = (context, attempts[name]?.lines ?? ToldLines())
        return { line in
            guard lines.isNew(line) else { return }
            let event = LoopEvent(.migration, "\(name): \(line)")
            context.host.report(event)
            Task { await context.status.add(event) }
        }
    }

    private func noteFailure(_ message: String, of name: String) async {
        var attempt = attempts[name] ?? Attempts()
        attempt.failures += 1
        let delay = Backoff().delay(after: attempt.failures, jitter: .random(in: 0...1))
        attempt.next = .now + delay
        if attempt.told != message {
            await context.tell(LoopEvent(.migration, .error, "\(name): \(message)"))
        }
        attempt.told = message
        attempts[name] = attempt
    }

    // MARK: Measuring

    /// Looks at migrations that nobody works on: targets follow by themselves until a person completes them, and sources
    /// keep their log for them, also while they are paused; with a way back it is the other way round.
    private func measure(
        _ declared: [String: Migration],
        _ looks: [String: MigrationLook],
        _ force: LoopContext.Force,
        _ group: inout DiscardingTaskGroup
    ) {
        guard ContinuousClock.now >= nextMeasure else { return }
        nextMeasure = .now + Self.measureInterval
        for (name, look) in looks where !look.state.isFinal && !look.isWorkedOn {
            guard let migration = declared[name], measuring.insert(name).inserted else { continue }
            group.addTask { await self.measure(migration, force) }
        }
    }

    private func measure(_ migration: Migration, _ force: LoopContext.Force) async {
        let name = migration.name.value
        let found = await context.host.look(
            at: migration,
            desired: force.revision.desired,
            mayStop: context.pause == nil && !context.options.isObserveOnly,
            tell: { [context] line in
                let event = LoopEvent(.migration, .warning, "\(name): \(line)")
                context.host.report(event)
                Task { await context.status.add(event) }
            }
        )
        measuring.remove(name)
        following[name] = found
    }
}

/// What attempts at one migration have told.
private final class ToldLines: Sendable {
    private let lines = Mutex<Set<String>>([])

    func isNew(_ line: String) -> Bool { lines.withLock { $0.insert(line).inserted } }
}
