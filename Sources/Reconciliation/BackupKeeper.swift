import Backups
import Execution
import FleetModel
import Providers
import Resources
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes backups when they are due, tries restores, and removes what is kept no longer.
///
/// Beside the instances' own loops, and without the locks of instances: a backup may take hours, and no takeover waits for it
/// (docs/decisions/0025). What is due is decided by what is there, under the lock of the instance's archive; so a timer, a
/// command by hand and this make nothing twice.
actor BackupKeeper {
    private let context: LoopContext
    /// Instances whose backups are worked on now.
    private var atWork: Set<String> = []
    /// Of all instances of the home, as they were when last all were looked through.
    private var policies: [String: BackupFacts] = [:]
    private var nextReading = ContinuousClock.now
    private var nextCleaning: [String: ContinuousClock.Instant] = [:]
    /// What could not even be begun is not tried at every glance.
    private var pauses: [String: (failures: Int, end: ContinuousClock.Instant)] = [:]

    private static let tick = Duration.milliseconds(200)
    private static let glance = Duration.seconds(2)
    /// Between two looks through all records of the home: for those that no specification declares any more.
    private static let reading = Duration.seconds(60)
    /// Between two looks for what is kept no longer, beside the one after each backup.
    private static let cleaning = Duration.seconds(3600)
    /// More would only take each other's disk away.
    private static let sideBySide = 2

    init(context: LoopContext) {
        self.context = context
    }

    /// Runs until the loop is to end; what is being made then is broken off, and its folder removed.
    func run() async {
        await withDiscardingTaskGroup { group in
            var nextGlance = ContinuousClock.now
            while !context.interruption.isWished, !Task.isCancelled {
                if ContinuousClock.now >= nextGlance {
                    for (name, work) in await dueWork() { group.addTask { await self.perform(work, for: name) } }
                    nextGlance = .now + Self.glance
                }
                try? await Task.sleep(for: Self.tick)
            }
            group.cancelAll()
        }
    }

    // MARK: What is due

    private enum Work {
        case duty(BackupDuty)
        case cleaning
    }

    /// Takes up what is to be begun now.
    private func dueWork() async -> [(String, Work)] {
        guard let force = context.force, context.pause == nil, !context.options.isObserveOnly else { return [] }
        let local = force.fleet.provider.local
        if ContinuousClock.now >= nextReading {
            policies = local.backupPolicies
            nextReading = .now + Self.reading
        }
        // What the loop has just looked at is newer.
        for (name, look) in await context.status.looks { policies[name] = look.observed?.placement.record.backup }
        var found: [(String, Work)] = []
        let now = Int(Date.now.timeIntervalSince1970)
        for name in policies.keys.sorted() where !atWork.contains(name) && !isLeftAlone(name, force) {
            guard atWork.count < Self.sideBySide else { break }
            if let duty = local.backupDuty(of: name, now: now) {
                found.append((name, .duty(duty)))
            } else if nextCleaning[name].map({ ContinuousClock.now >= $0 }) ?? true {
                found.append((name, .cleaning))
            } else {
                continue
            }
            atWork.insert(name)
        }
        return found
    }

    private func isLeftAlone(_ name: String, _ force: LoopContext.Force) -> Bool {
        if let pause = pauses[name], ContinuousClock.now < pause.end { return true }
        guard let instance = force.revision.desired.instances[name] else { return false }
        return instance.connection != nil || instance.suspended?.value ?? false
    }

    // MARK: Doing it

    private func perform(_ work: Work, for name: String) async {
        defer { atWork.remove(name) }
        guard let force = context.force else { return }
        let local = force.fleet.provider.local.beside
        switch work {
        case .duty(.backup(let need)):
            await perform("back up \(name), \(need)", "backup", name, force) {
                guard let backup = try await local.makeDueBackup(of: name, progress: { _ in }) else { return nil }
                let size = "\(ByteCount.mebibytes(max(1, backup.bytes >> 20)))"
                return "backed up as \(backup.id), \(size) in \(backup.ended - backup.started) s, checked"
            }
            await clean(name, local)
        case .duty(.drill):
            await perform("try a restore of \(name)", "drill", name, force) {
                guard let result = try await local.drillIfDue(name) else { return nil }
                if let problem = result.problem { throw ProviderError("it would not have worked: \(problem)") }
                let lost = result.lostSeconds.map { "; the newest commit that came back was \($0) s old" } ?? ""
                return "a restore from \(result.backup) took \(Int((result.restoreSeconds ?? 0).rounded())) s\(lost)"
            }
        case .cleaning: await clean(name, local)
        }
    }

    /// Performs one piece of work as a run of its own, and tells what comes of it.
    ///
    /// - Parameter body: Returns what was done; nil when somebody else has done it.
    private func perform(
        _ summary: String,
        _ verb: String,
        _ name: String,
        _ force: LoopContext.Force,
        _ body: @escaping @Sendable () async throws -> String?
    ) async {
        let action = Action(
            id: "a1",
            resource: .instance(name),
            operation: .backup,
            summary: summary,
            reason: .differs
        )
        await context.tell(LoopEvent(.backupBegun, instance: name, summary))
        let done = Outcome()
        let receipt = await context.host.perform(action, as: verb, desired: force.revision.desired) { _ in
            let result = try await body()
            await done.note(result)
            return result == nil ? .alreadyDone : .performed
        }
        if let entry = receipt.entries.first, entry.status == .failed {
            await tellFailure(of: entry, name)
        } else {
            pauses[name] = nil
            let text = await done.text ?? "somebody else has done it: \(summary)"
            await context.tell(LoopEvent(.backupDone, instance: name, text))
        }
        // The alarms of the instance are others now.
        context.wake(.surroundings, name)
    }

    private func tellFailure(of entry: Receipt.Entry, _ name: String) async {
        if Task.isCancelled {
            let text = "\(entry.action.summary): broken off, because the loop ends; the next one begins it anew"
            return await context.tell(LoopEvent(.backupFailed, .warning, instance: name, text))
        }
        let failures = (pauses[name]?.failures ?? 0) + 1
        // What an archive remembers holds an attempt back for longer than this; a server that has just gone does not.
        let pause = Backoff().delay(after: failures, jitter: .random(in: 0...1))
        pauses[name] = (failures, .now + pause)
        let text = "\(entry.action.summary): \(entry.message ?? "it failed")"
        await context.tell(LoopEvent(.backupFailed, .error, instance: name, text))
    }

    /// What a piece of work came to.
    private actor Outcome {
        private(set) var text: String?
        func note(_ text: String?) { self.text = text }
    }

    private func clean(_ name: String, _ local: LocalProvider) async {
        nextCleaning[name] = .now + Self.cleaning
        // Somebody who works on the backups now cleans up after it, too.
        guard let gone = try? await local.removeExpired(of: name), !gone.isEmpty else { return }
        let backups = gone.backups.map(\.id).joined(separator: ", ")
        let log = "\(gone.segments.count) files of the log"
        let text = "removed what is kept no longer: \(backups.isEmpty ? log : "\(backups), \(log)")"
        await context.tell(LoopEvent(.backupDone, instance: name, text))
    }
}
