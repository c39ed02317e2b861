import Diagnostics
import FleetModel
import SpecSchema

/// What documents refer to: it must be declared, and must not be on its way out.
extension FleetDraft {
    /// What a document refers to must be declared; on a server that pgsteer did not make it may just be there.
    func checkReferences(
        of objects: [any ServerObject],
        _ instances: [String: Instance],
        collector: inout DiagnosticCollector
    ) {
        // What is declared in order to be removed is not there to be referred to.
        let present = objects.filter { $0.removalPolicy == nil }.map(\.id)
        let ids = Set(self.instances.map { ResourceID.instance($0.name) } + present)
        let dangling =
            collector.sideBySide(objects, size: 128) { object, _ in
                object.references.filter { !ids.contains($0.value) }
            }
            .flatMap(\.self) + migrations.flatMap(\.references).filter { !ids.contains($0.value) }
        let declared = dangling.isEmpty ? DeclaredNames([]) : DeclaredNames(ids)
        let leaving = Dictionary(objects.filter { $0.removalPolicy != nil }.map { ($0.id, $0.range) }) { first, _ in
            first
        }
        for reference in dangling {
            let isManagedOnly = instances[reference.value.instance]?.connection != nil
            if isManagedOnly, reference.value.kind != Instance.kind { continue }
            if let range = leaving[reference.value] {
                emitLeaving(reference, declaredAt: range, collector: &collector)
                continue
            }
            // What could not be read may be what is missing here.
            if unread[reference.value.instance]?.mayDeclare(reference.value) ?? false { continue }
            emitDangling(reference, among: declared, collector: &collector)
        }
        for migration in migrations {
            migration.checkWindows(in: instances, collector: &collector)
            migration.checkEndpoint(in: instances, collector: &collector)
            migration.checkEnds(in: instances, collector: &collector)
        }
    }

    /// What is to go cannot own anything, and nothing can be given to it.
    private func emitLeaving(
        _ reference: Located<ResourceID>,
        declaredAt range: SourceRange,
        collector: inout DiagnosticCollector
    ) {
        let id = reference.value
        collector.emit(
            Diagnostic(
                .danglingReference,
                "\(id.kind) \"\(id.name)\" is to be removed (state: absent), and is named here.",
                at: reference.range,
                notes: [Diagnostic.Note("to be removed", at: range)],
                help: "name another one, or take state: absent back"
            )
        )
    }

    func emitDangling(
        _ reference: Located<ResourceID>,
        among declared: DeclaredNames,
        collector: inout DiagnosticCollector
    ) {
        let id = reference.value
        collector.emit(
            Diagnostic(
                .danglingReference,
                "\(id.kind) \"\(id.name)\" is declared nowhere\(id.path.count > 1 ? " for instance \(id.instance)" : "").",
                at: reference.range,
                help: collector.suggestion(id.name, among: declared.names(like: id))
            )
        )
    }
}

/// The names that are declared, by kind and by what they are in.
struct DeclaredNames {
    private struct Scope: Hashable {
        var kind: String
        var path: ArraySlice<String>

        init(_ id: ResourceID) { (kind, path) = (id.kind, id.path.dropLast()) }
    }

    private let names: [Scope: [String]]

    init(_ ids: some Sequence<ResourceID>) {
        names = Dictionary(grouping: ids, by: Scope.init).mapValues { $0.map(\.name) }
    }

    /// What could have been meant instead of something that is declared nowhere.
    func names(like id: ResourceID) -> [String] { names[Scope(id)] ?? [] }
}
