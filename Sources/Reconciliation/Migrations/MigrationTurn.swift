package import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Whose turn it is with a migration.
package enum MigrationTurn: Hashable, Sendable {
    /// The loop begins it, or goes on with it.
    case loop
    /// Nobody's yet; why.
    case waits(String)
    /// A person's, or nobody's any more.
    case person

    /// What a migration may begin with.
    package struct Ends: Hashable, Sendable {
        /// Instances among its ends that do not serve yet.
        package var absent: [String]
        /// Instances among its ends that the loop was told to leave alone.
        package var suspended: [String]

        package init(absent: [String] = [], suspended: [String] = []) {
            self.absent = absent
            self.suspended = suspended
        }
    }

    /// - Parameters:
    ///   - state: Nil while it has not begun.
    ///   - completes: Whether its writes go over without a person's word: by itself, or when its window opens.
    ///   - closed: What the writes wait for before they go over by themselves; nil when they may now.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    package static func decide(
        start: MigrationStart,
        state: MigrationState?,
        completes: Bool = false,
        closed: String? = nil,
        ends: Ends,
        now: Int
    ) -> MigrationTurn {
        if let state, !state.goesOnByItself, !(completes && state == .readyToComplete) { return .person }
        if let name = ends.suspended.first { return .waits("\(name) is suspended") }
        if case .at(let time) = start, state == nil, now < time {
            return .waits("begins at \(Date(timeIntervalSince1970: Double(time)).formatted(.iso8601))")
        }
        if let name = ends.absent.first { return .waits("begins when \(name) serves") }
        if state == .readyToComplete, let closed { return .waits(closed) }
        return .loop
    }
}

extension Migration {
    /// What the writes wait for before they go over by themselves, in words; nil when they wait for no window, or one is open.
    ///
    /// - Parameters:
    ///   - instances: The declared ones, by name: the target's maintenance windows may be those of the cut-over.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    package func closedWindow(_ instances: [String: Instance], at now: Int) -> String? {
        guard let windows = windows(in: instances) else { return nil }
        switch WindowState.of(windows, at: now) {
        case .open: return nil
        case .closed(let until, let window):
            let time = Date(timeIntervalSince1970: Double(until)).formatted(.iso8601)
            return "waits for its window \(window), which opens at \(time)"
        case .unknown(let window): return "waits, because this host does not know the time zone of \(window)"
        }
    }
}
