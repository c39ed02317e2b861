package import Diagnostics
import FleetModel
package import SpecSchema

extension DiagnosticCode {
    package static let migrationOntoItself = DiagnosticCode("PGS-095", "Migration onto itself")
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
        checkCutover(spec, type.value, target, &collector)
        let ends = (Located(source, at: writtenSource.range), Located(target, at: writtenTarget.range))
        checkMethod(spec, type.value, ends, &collector)
        let renaming = spec.rename.map { $0.value.value(type.value, at: $0.range, collector: &collector) }
        let migration = Migration(
            name: name,
            project: document.metadata.project,
            source: ends.0,
            target: ends.1,
            type: type,
            method: spec.method ?? Located(.auto, at: name.range),
            objects: spec.objects?.value ?? .all,
            carriesRoles: spec.roles?.value ?? false,
            start: spec.start?.value ?? .now,
            cutover: spec.cutover?.value.policy ?? CutoverPolicy(),
            concurrency: spec.concurrency?.value,
            skippedChecks: skippedChecks(of: spec),
            sourceGuard: spec.sourceGuard?.value.value ?? SourceGuard(),
            renaming: renaming ?? SchemaRenaming(),
            writtenWindows: spec.cutover?.value.windows?.value ?? [],
            references: writtenSource.value.references + writtenTarget.value.references
        )
        migration.checkEndpoint(spec.cutover?.value.endpoint, &collector)
        draft.add(migration, collector: &collector)
    }

    /// The windows that the cut-over waits for; nil when it waits for none.
    package func windows(in instances: [String: Instance]) -> [String]? {
        guard cutover.when == .window else { return nil }
        if !cutover.windows.isEmpty { return cutover.windows }
        let instance = target.value.instance.flatMap { instances[$0] }
        return instance?.maintenance?.value.windows?.value.map(\.value) ?? []
    }

    private static func skippedChecks(of spec: MigrationSpec) -> [SkippedCheck] {
        (spec.skipChecks?.value ?? [])
            .compactMap { entry in
                guard let id = entry.value.id, let reason = entry.value.reason else { return nil }
                return SkippedCheck(id: id, reason: reason.value)
            }
    }
}
