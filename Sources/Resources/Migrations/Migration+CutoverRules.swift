package import Diagnostics
import FleetModel
import SpecSchema

extension DiagnosticCode {
    package static let cutoverWithoutChanges = DiagnosticCode("PGS-096", "Nothing to cut over")
    package static let wayBackToAWritableSource = DiagnosticCode("PGS-100", "Way back to a source that is written to")
    package static let noCutoverWindow = DiagnosticCode("PGS-101", "No window to cut over in")
    package static let endpointStays = DiagnosticCode("PGS-109", "Endpoint that cannot be moved")
}

/// What a migration may say of its cut-over, and of what its source keeps for it.
extension Migration {
    /// Tells of keys that say nothing for this type of migration, or that contradict each other.
    static func checkCutover(
        _ spec: MigrationSpec,
        _ type: MigrationType,
        _ target: MigrationEnd,
        _ collector: inout DiagnosticCollector
    ) {
        if type != .fullAndIncremental { checkKeysWithoutChanges(spec, type, &collector) }
        guard let cutover = spec.cutover else { return }
        checkWayBack(cutover.value, &collector)
        checkWindows(cutover, target, &collector)
    }

    private static func checkKeysWithoutChanges(
        _ spec: MigrationSpec,
        _ type: MigrationType,
        _ collector: inout DiagnosticCollector
    ) {
        if let cutover = spec.cutover {
            collector.emit(
                Diagnostic(
                    .cutoverWithoutChanges,
                    "A migration of type \(type.rawValue) ends with its copy; there are no writes to go over.",
                    at: cutover.range,
                    help: "leave cutover out, or write type: full+incremental"
                )
            )
        }
        if let sourceGuard = spec.sourceGuard {
            collector.emit(
                Diagnostic(
                    .nothingToGuard,
                    "A migration of type \(type.rawValue) makes the source keep nothing of its log.",
                    at: sourceGuard.range,
                    help: "leave guard out, or write type: full+incremental"
                )
            )
        }
    }

    private static func checkWayBack(_ cutover: CutoverSpec, _ collector: inout DiagnosticCollector) {
        guard let rollback = cutover.rollback, rollback.value == .keep, let after = cutover.sourceAfter,
            after.value == .untouched
        else { return }
        collector.emit(
            Diagnostic(
                .wayBackToAWritableSource,
                "The source follows the target as a way back; what clients write there would be on one end only.",
                at: after.range,
                notes: [Diagnostic.Note("the way back", at: rollback.range)],
                help: "write sourceAfter: read-only or closed, or rollback: none"
            )
        )
    }

    private static func checkWindows(
        _ cutover: Located<CutoverSpec>,
        _ target: MigrationEnd,
        _ collector: inout DiagnosticCollector
    ) {
        if cutover.value.when?.value == .window {
            if cutover.value.windows?.value.isEmpty ?? true, target.instance == nil {
                collector.emit(
                    Diagnostic(
                        .noCutoverWindow,
                        "The cut-over waits for a window, and there is none: \(target) is no instance of the fleet.",
                        at: cutover.value.when?.range ?? cutover.range,
                        help: "add windows: [\"Sun 02:00-04:00 Asia/Shanghai\"]"
                    )
                )
            }
        } else if let windows = cutover.value.windows {
            collector.emitBadValue(
                "Only when: window waits for windows.",
                at: windows.range,
                help: "write when: window, or leave windows out"
            )
        }
    }

    /// Tells of an endpoint that is to go along with the writes and cannot.
    func checkEndpoint(_ written: Located<CutoverPolicy.Endpoint>?, _ collector: inout DiagnosticCollector) {
        guard let written, written.value == .move, type.value == .fullAndIncremental, let reason = endpointObstacle
        else { return }
        collector.emit(
            Diagnostic(
                .endpointStays,
                "The endpoint of the source cannot lead to the target: \(reason).",
                at: written.range,
                help: "leave endpoint out, and point the clients to the target yourself"
            )
        )
    }

    /// Tells of an endpoint that is to go along, of a server that exists without pgsteer and has none.
    func checkEndpoint(in instances: [String: Instance], collector: inout DiagnosticCollector) {
        guard cutover.endpoint == .move, endpointObstacle == nil else { return }
        for end in [source, target] {
            guard let name = end.value.instance, instances[name]?.connection != nil else { continue }
            collector.emit(
                Diagnostic(
                    .endpointStays,
                    "The endpoint of the source cannot lead to the target: Instance/\(name) is a server that exists without pgsteer, with no gateway before it.",
                    at: end.range,
                    help: "leave endpoint out, and point the clients to the target yourself"
                )
            )
        }
    }

    /// Tells of a cut-over that waits for windows which the target's instance does not have.
    func checkWindows(in instances: [String: Instance], collector: inout DiagnosticCollector) {
        guard windows(in: instances)?.isEmpty == true, let name = target.value.instance, instances[name] != nil else {
            return
        }
        collector.emit(
            Diagnostic(
                .noCutoverWindow,
                "The cut-over waits for a window, and Instance/\(name) has none.",
                at: target.range,
                help: "add maintenance: { windows: [...] } to the instance, or windows to cutover"
            )
        )
    }
}
