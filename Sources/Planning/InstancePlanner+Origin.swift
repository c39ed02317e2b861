import Backups
import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// How a new instance comes to its data, in the words of a plan.
struct OriginPlan {
    var summary: String
    var differences: [Difference] = []
    var note: String?
    /// Actions that the other instance needs first.
    var prerequisites: [String] = []
}

extension InstancePlanner {
    /// Returns how the data is made; nil when it cannot be made, which is told.
    func planOrigin(_ actions: ActionList, _ collector: inout DiagnosticCollector) -> OriginPlan? {
        switch instance.origin?.value {
        case nil: return OriginPlan(summary: "create \(instance.name): PostgreSQL \(instance.version.value)")
        case .backup(let source, let target): return planRestore(target, of: source, &collector)
        case .clone(let source): return planClone(of: source, actions, &collector)
        }
    }

    private var originRange: SourceRange { instance.origin?.range ?? instance.range }

    private func refuse(_ detail: String, help: String?, _ collector: inout DiagnosticCollector) {
        collector.emit(
            Diagnostic(.cannotRestore, "Instance/\(instance.name): \(detail).", at: originRange, help: help)
        )
    }

    private func planRestore(_ target: RestoreTarget, of source: String, _ collector: inout DiagnosticCollector)
        -> OriginPlan?
    {
        let plan: RestorePlan
        do throws(RestoreRefusal) {
            plan = try RestorePlan.decide(target, of: source, in: fleet.archives, now: options.now)
        } catch {
            let known = Set(fleet.archives.map(\.instance)).sorted()
            let help = error.help ?? NearestName.question(source, among: known)
            refuse(error.message, help: help, &collector)
            return nil
        }
        guard isSame(major: plan.backup.major, charset: plan.backup.charset, as: source, &collector) else { return nil }
        let amount =
            plan.pieces.isEmpty
            ? "nothing of the log is replayed"
            : "\(plan.pieces.count) \(plan.pieces.count == 1 ? "file" : "files") of the log (\(ByteCount(bytes: plan.logBytes))) are replayed"
        return OriginPlan(
            summary:
                "restore \(instance.name): PostgreSQL \(instance.version.value), from the backup \(plan.backup.id) of \(source), up to \(target)",
            differences: [
                Difference("restore.backup", observed: nil, desired: plan.backup.id, source: originRange),
                Difference("restore.until", observed: nil, desired: "\(target)", source: originRange),
            ],
            note: amount + (plan.needsEnd ? ", and what \(source) has written by then" : "")
        )
    }

    private func planClone(of source: String, _ actions: ActionList, _ collector: inout DiagnosticCollector)
        -> OriginPlan?
    {
        let observed = fleet.instances[source]?.placement ?? fleet.sources[source]
        let planned = actions.actions.filter { $0.resource.instance == source }
        guard observed != nil || planned.contains(where: { $0.operation == .provision }) else {
            let known = fleet.instances.keys.sorted()
            refuse(
                "there is no instance \(source) that could be cloned",
                help: NearestName.question(source, among: known),
                &collector
            )
            return nil
        }
        if let observed {
            guard observed.state == .running || !planned.isEmpty else {
                refuse("\(source) cannot be cloned: it does not run", help: "start it, or use restore", &collector)
                return nil
            }
            if let migration = observed.filledBy {
                refuse(
                    "\(source) cannot be cloned: the migration \(migration) is filling it",
                    help: "see: pgsteer migration status \(migration)",
                    &collector
                )
                return nil
            }
            guard observed.archive != nil else {
                refuse("\(source) cannot be cloned: pgsteer did not make it", help: nil, &collector)
                return nil
            }
            guard isSame(major: observed.major, charset: observed.charset, as: source, &collector) else { return nil }
        }
        return OriginPlan(
            summary: "clone \(instance.name): PostgreSQL \(instance.version.value), as a copy of \(source)",
            differences: [Difference("clone.from", observed: nil, desired: source, source: originRange)],
            prerequisites: planned.map(\.id)
        )
    }

    /// Whether data fits what the document says; what cannot be changed by copying it is told.
    private func isSame(major: Int, charset: String, as source: String, _ collector: inout DiagnosticCollector) -> Bool
    {
        if major != instance.version.value {
            refuse(
                "the data of \(source) is PostgreSQL \(major)'s, and version says \(instance.version.value)",
                help: "write version: \(major); a migration leads to another version",
                &collector
            )
        }
        if charset != instance.charset.value.rawValue {
            refuse(
                "the data of \(source) has the charset \(charset), and the document says \(instance.charset.value.rawValue)",
                help: "write charset: \(charset)",
                &collector
            )
        }
        return major == instance.version.value && charset == instance.charset.value.rawValue
    }

    /// Tells when the document asks for other data than the instance was made from: nothing is restored in place.
    func checkOrigin(_ placement: InstanceObservation, _ collector: inout DiagnosticCollector) {
        guard let origin = instance.origin, placement.record.origin != origin.value.description else { return }
        let made = placement.record.origin.map { "made from \($0)" } ?? "not made from another one"
        collector.emit(
            Diagnostic(
                .immutable,
                "Instance \(instance.name) is there and was \(made); an instance is not restored in place.",
                at: origin.range,
                help:
                    "declare a new instance with \(isClone(origin.value) ? "clone" : "restore"), or put the key back as it was"
            )
        )
    }

    private func isClone(_ origin: InstanceOrigin) -> Bool { if case .clone = origin { true } else { false } }
}
