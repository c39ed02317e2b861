package import Backups
package import FleetModel
package import Resources

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What the loop saw when it last looked at an instance, for those who show it; nothing is decided by it.
package struct LoopLook: Sendable {
    /// Nil while there is no such instance.
    package var observed: ObservedInstance?
    package var plan: Plan
    /// What somebody else changed, as resource and attribute.
    package var drift: [String]
    /// Whether what has drifted cannot be told: another program was changing the instance, or its server does not serve.
    package var isInconclusive: Bool
    package var time: Date
    /// What is kept of it; nil where it is not backed up.
    package var archive: ArchiveSummary?
    /// What it can be asked with.
    package var fleet: LoopFleet?

    package init(
        observed: ObservedInstance?,
        plan: Plan,
        drift: [String] = [],
        isInconclusive: Bool = false,
        time: Date,
        fleet: LoopFleet? = nil
    ) {
        self.observed = observed
        self.plan = plan
        self.drift = drift
        self.isInconclusive = isInconclusive
        self.time = time
        self.fleet = fleet
    }
}

/// How often the loop has looked, and what came of it.
package struct LoopCounts: Hashable, Sendable {
    /// What a look came to, in one word.
    package enum Result: String, CaseIterable, Sendable {
        case settled
        case performed
        case failed
        case refused
        case held
    }

    package struct Instance: Hashable, Sendable {
        package var looks: [Result: Int] = [:]
        /// Over all looks, with what was done after them.
        package var seconds = 0.0

        package init() {}
        package var count: Int { looks.values.reduce(0, +) }
    }

    /// By name.
    package var instances: [String: Instance] = [:]

    package init() {}

    package mutating func add(_ outcome: LoopOutcome, of name: String, seconds: Double) {
        instances[name, default: Instance()].looks[outcome.result, default: 0] += 1
        instances[name, default: Instance()].seconds += seconds
    }
}

extension LoopOutcome {
    package var result: LoopCounts.Result {
        switch self {
        case .settled: .settled
        case .performed: .performed
        case .failed: .failed
        case .refused: .refused
        case .held: .held
        }
    }
}
