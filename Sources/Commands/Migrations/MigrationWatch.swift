import Migrating
import Resources

/// Looks at a migration again and again, for `migration watch` and for the loop: tells what is new, and stops it at the
/// limit of what its source may keep.
struct MigrationWatch {
    private var log: RetainedLog?
    private var told: Set<String> = []
    private var stuckLooks = 0
    private(set) var isOver = false

    /// Looks in a row that find a target at the limit and not getting on, before it is stopped.
    private static let patience = 3

    /// What one look found.
    struct Look {
        var isWell = true
        /// Nil unless the target follows.
        var following: FollowingObservation?
    }

    /// - Parameters:
    ///   - folder: Where the migration is locked to be stopped; nil when nothing may be written.
    ///   - tell: Told each thing that was not there at the last look.
    mutating func look(_ run: MigrationRun, stoppingIn folder: MigrationFolder?, _ tell: (String) -> Void) async throws
        -> Look
    {
        let task = await run.task
        isOver = task.state.isFinal
        if isOver { return Look() }
        let guarded = await run.guarded()
        // Nobody waits for how far the way back is, but that it cannot go on is to be known.
        let isBack = task.state == .wayBackOpen
        var following = task.state.isFollowing || isBack ? await run.observed() : nil
        if isBack { following = FollowingObservation(problem: following?.problem) }
        let found = Self.findings(guarded, following)
        // Sizes change with every look; the same kind of trouble is told once while it lasts.
        for line in found where !told.contains(Self.kind(of: line)) { tell(line) }
        told = Set(found.map(Self.kind))
        if let now = guarded.log {
            stuckLooks = now.isShrinking(since: log) ? 0 : stuckLooks + 1
            log = now
        }
        if let folder { try await stopAtLimit(run, guarded, folder, tell) }
        return Look(isWell: found.isEmpty, following: following)
    }

    private static func findings(_ guarded: GuardObservation, _ following: FollowingObservation?) -> [String] {
        var found = guarded.verdict.text.map { [noun(guarded.verdict) + ": " + $0] } ?? []
        found += guarded.changes.map { "CHANGED on the source: \($0.sentence); on the target: \($0.advice)" }
        if let problem = following?.problem ?? guarded.problem { found.append("PROBLEM: \(problem)") }
        return found
    }

    private static func noun(_ verdict: LogVerdict) -> String {
        switch verdict {
        case .lost: "LOST"
        case .limit: "LIMIT"
        case .alarm, .fine: "ALARM"
        }
    }

    private static func kind(of line: String) -> String { line.filter { !$0.isNumber && $0 != "." } }

    /// Who works on the migration guards it, too: then the lock is taken, and this leaves it alone.
    private func stopAtLimit(
        _ run: MigrationRun,
        _ guarded: GuardObservation,
        _ folder: MigrationFolder,
        _ tell: (String) -> Void
    ) async throws {
        switch guarded.verdict {
        case .limit, .lost: break
        case .alarm, .fine: return
        }
        guard let lock = try? await folder.lock("migration watch") else { return }
        defer { withExtendedLifetime(lock) {} }
        // A slot that nobody reads gets no smaller, however long one waits.
        let isStuck = stuckLooks >= Self.patience || guarded.log?.isActive == false
        if let error = try await run.guardOnce(guarded, isStuck: isStuck) { tell("\(error)") }
    }
}
