package import Diagnostics
import FleetModel
package import SpecSchema

extension DiagnosticCode {
    package static let migrationOntoItself = DiagnosticCode("PGS-095", "Migration onto itself")
    package static let cutoverWithoutChanges = DiagnosticCode("PGS-096", "Nothing to cut over")
}

extension Migration: DocumentKind {
    package static let kind = "Migration"
    package static let summary = "Moves one database to another server, with or without the changes made meanwhile."
    package static var shape: ObjectShape { MigrationSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard let spec = document.decode(MigrationSpec.schema, collector: &collector),
            let name = document.metadata.name, let writtenSource = spec.source, let writtenTarget = spec.target,
            let type = spec.type
        else { return }
        let source = writtenSource.value.end("source", at: writtenSource.range, collector: &collector)
        let target = writtenTarget.value.end("target", at: writtenTarget.range, collector: &collector)
        guard let source, let target else { return }
        if source == target {
            collector.emit(
                Diagnostic(
                    .migrationOntoItself,
                    "Source and target are the same: \(source).",
                    at: writtenTarget.range,
                    notes: [Diagnostic.Note("the source", at: writtenSource.range)],
                    help: "name another database as the target"
                )
            )
            return
        }
        if let cutover = spec.cutover, type.value != .fullAndIncremental {
            collector.emit(
                Diagnostic(
                    .cutoverWithoutChanges,
                    "A migration of type \(type.value.rawValue) ends with its copy; there are no writes to go over.",
                    at: cutover.range,
                    help: "leave cutover out, or write type: full+incremental"
                )
            )
        }
        if let rollback = spec.cutover?.value.rollback, rollback.value == .keep {
            collector.emitBadValue(
                "A way back after the cut-over is not there in this version.",
                at: rollback.range,
                help: "write rollback: none; sourceAfter: read-only keeps the source as it was, to go back to by hand"
            )
        }
        draft.add(
            Migration(
                name: name,
                project: document.metadata.project,
                source: Located(source, at: writtenSource.range),
                target: Located(target, at: writtenTarget.range),
                type: type,
                objects: spec.objects?.value ?? .all,
                carriesRoles: spec.roles?.value ?? false,
                start: spec.start?.value ?? .now,
                cutover: spec.cutover?.value.policy ?? CutoverPolicy(),
                concurrency: spec.concurrency?.value,
                skippedChecks: skippedChecks(of: spec),
                references: writtenSource.value.references + writtenTarget.value.references
            ),
            collector: &collector
        )
    }

    private static func skippedChecks(of spec: MigrationSpec) -> [SkippedCheck] {
        (spec.skipChecks?.value ?? [])
            .compactMap { entry in
                guard let id = entry.value.id, let reason = entry.value.reason else { return nil }
                return SkippedCheck(id: id, reason: reason.value)
            }
    }
}
