import Diagnostics
import FleetModel
import SpecSchema

extension FleetDraft {
    /// A group needs a declared instance that the provider made, and whose parameters let so many replicas follow.
    func checkReadOnlyGroups(_ instances: [String: Instance], collector: inout DiagnosticCollector) {
        let declared = Set(self.instances.map(\.name))
        let names = DeclaredNames(declared.map { .instance($0) })
        for group in readOnlyGroups {
            if !declared.contains(group.instance) {
                emitDangling(
                    Located(.instance(group.instance), at: group.instanceRange),
                    among: names,
                    collector: &collector
                )
            } else if instances[group.instance]?.connection != nil {
                collector.emitBadValue(
                    "Instance/\(group.instance) is a server that exists without pgsteer, which makes no replicas of it.",
                    at: group.instanceRange,
                    help: "name an instance without connection"
                )
            }
        }
        for (name, groups) in Dictionary(grouping: readOnlyGroups, by: \.instance) {
            guard let instance = instances[name], let first = groups.first else { continue }
            let needs = FollowerNeeds(
                standbys: instance.availability.value.mode == .dual ? 1 : 0,
                replicas: groups.map(\.policy.value.weights.count).reduce(0, +)
            )
            for problem in needs.problems(with: instance) {
                collector.emit(
                    Diagnostic(
                        .badParameterValue,
                        problem.text,
                        at: problem.range,
                        notes: [Diagnostic.Note("a read-only group of it", at: first.range)],
                        help: problem.help
                    )
                )
            }
        }
    }
}

/// What a primary needs for the servers that follow it (PostgreSQL manual, section 20.6.1).
struct FollowerNeeds {
    var standbys: Int
    var replicas: Int

    struct Problem {
        var text: String
        var range: SourceRange
        var help: String
    }

    /// A replica keeps one sender; one that is being copied needs one more for a while.
    private var needed: [String: Int] {
        ["max_wal_senders": standbys + replicas + 1, "max_replication_slots": standbys + replicas]
    }

    /// PostgreSQL's own values of both.
    private static let usual = 10

    /// Returns which parameters of an instance are too small, in the order of their names.
    ///
    /// What a standby needs, and these replicas do not raise, has been told by ``StandbyRequirements``.
    func problems(with instance: Instance) -> [Problem] {
        var problems = needed.sorted { $0.key < $1.key }
            .compactMap { name, least -> Problem? in
                let parameter = instance.parameters.last { $0.name == name }
                let value = parameter.flatMap { Int($0.value) } ?? Self.usual
                guard value < least, standbys == 0 || value >= Self.told(name) else { return nil }
                return Problem(
                    text:
                        "\(name) = \(value) is too little for the \(standbys + replicas) servers that follow Instance/\(instance.name).",
                    range: parameter?.range ?? instance.range,
                    help: "write at least \(least), or ask for fewer replicas"
                )
            }
        if standbys == 0, let level = instance.parameters.last(where: { $0.name == "wal_level" }),
            level.value.lowercased() == "minimal"
        {
            problems.append(
                Problem(
                    text:
                        "wal_level = minimal leaves Instance/\(instance.name) without replicas: the log would not hold what they need.",
                    range: level.range,
                    help: "leave it out"
                )
            )
        }
        return problems
    }

    private static func told(_ name: String) -> Int { name == "max_wal_senders" ? 3 : 1 }
}
