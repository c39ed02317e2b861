import Diagnostics
import Providers
import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A condition of an instance as it is listed.
struct ConditionListing: Listable {
    static let header = ["instance", "condition", "is", "reason", "since", "message"]
    static let wideHeader = header + ["failures", "last look", "next look", "specs"]

    var instance: String
    var condition: Condition.Kind
    var isTrue: Bool
    var reason: Condition.Reason
    var message: String
    var since: Date
    var failures: Int
    var lastLook: Date?
    var nextLook: Date?
    var specDigest: String?

    static func all(in state: LoopState?, of instance: String? = nil) -> [ConditionListing] {
        let undeclared = (state?.undeclared ?? [])
            .map { entry in
                var state = InstanceState(name: entry.name)
                state.conditions = [entry.condition]
                return state
            }
        return ((state?.instances ?? []) + undeclared).filter { instance == nil || $0.name == instance }
            .flatMap { state in state.conditions.map { ConditionListing(state, $0) } }
    }

    private init(_ state: InstanceState, _ condition: Condition) {
        instance = state.name
        self.condition = condition.type
        isTrue = condition.isTrue
        reason = condition.reason
        message = condition.message
        since = condition.since
        failures = state.failures
        lastLook = state.lastLook
        nextLook = state.nextLook
        specDigest = state.specDigest
    }

    var name: String { "\(instance)/\(condition.rawValue)" }

    /// The message's first line says what is so; the rest is what a server said.
    var row: [String] { row(message: message.firstLine) }

    private func row(message: String) -> [String] {
        [
            instance, condition.rawValue, isTrue ? "true" : "false", reason.rawValue, since.formatted(.iso8601),
            message.visibleLines.split(separator: "\n").joined(separator: " | "),
        ]
    }

    var wideRow: [String] {
        row(message: message) + [
            String(failures), lastLook?.formatted(.iso8601) ?? "-", nextLook?.formatted(.iso8601) ?? "-",
            specDigest.map { String($0.dropFirst("sha256:".count).prefix(12)) } ?? "-",
        ]
    }
}

/// Whether a loop keeps the home, for people and programs.
struct LoopListing: Encodable {
    var isRunning: Bool
    var process: Int?
    var started: Date?
    var isObserveOnly: Bool?
    /// Who paused it, when and why; left out while it is not paused.
    var pause: String?
    /// The commit of the specifications in force; left out when they are not in git.
    var commit: String?
    /// How the repository is followed; left out when the specifications are not fetched.
    var git: GitState?
    /// What is wrong with specifications that came after those in force.
    var specProblem: String?
    /// When it wrote down something last, where that should have been again since.
    var silentSince: Date?

    /// What the loop wrote down; nil when none has ever kept this home.
    static func state(of home: LocalHome) -> LoopState? { home.loop.text(home.loop.status).flatMap(LoopState.init) }

    /// The loop writes down what it knows once a second at most, and later than it tells it.
    private static let patience = Duration.seconds(5)

    /// What the loop wrote down, as soon as it fits; what it wrote last where it does not come to that.
    static func state(of home: LocalHome, where fits: (LoopState) -> Bool) async -> LoopState? {
        let deadline = ContinuousClock.now + patience
        while let state = state(of: home), !fits(state), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(100))
        }
        return state(of: home)
    }

    init(_ home: LocalHome, _ state: LoopState?) {
        isRunning = home.loop.isKept
        pause = home.loop.text(home.loop.pause)?.split(separator: "\n").first.map(String.init)
        guard isRunning, let state else { return }
        process = state.process
        started = state.started
        isObserveOnly = state.isObserveOnly
        commit = state.commit
        git = state.git
        specProblem = state.specProblem
        let last = state.instances.compactMap(\.lastLook).max()
        // A look, and what is done then, may take its time.
        silentSince = last.flatMap { Date.now.timeIntervalSince($0) > max(120, 4 * state.interval) ? $0 : nil }
    }

    /// One line for people.
    var sentence: String {
        var parts = ["does not run"]
        if isRunning {
            parts = ["runs"]
            if let process, let started { parts = ["process \(process) since \(started.formatted(.iso8601))"] }
            if isObserveOnly ?? false { parts.append("only observes") }
        }
        if let silentSince {
            parts.append("has written nothing down since \(silentSince.formatted(.iso8601)) (its log says why)")
        }
        if let commit { parts.append("commit \(commit.prefix(12))\(commit.hasSuffix("+changes") ? "+" : "") in force") }
        if let pause { parts.append("paused \(pause)") }
        if let problem = git?.problem {
            let since = git?.unreachableSince.map { "since \($0.formatted(.iso8601)) nothing newer is known" }
            parts.append("\(since ?? "newer commits wait"): \(problem)")
        }
        if let specProblem { parts.append("specifications refused: \(specProblem)") }
        return parts.joined(separator: ", ").visibleLines.split(separator: "\n").joined(separator: " | ")
    }
}
