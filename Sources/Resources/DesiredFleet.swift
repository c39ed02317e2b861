package import Diagnostics
package import FleetModel
import SpecSchema

/// What the specifications ask for, complete: defaults filled in, templates applied, references followed.
package struct DesiredFleet: Sendable {
    package var fleet: Fleet
    /// By name.
    package var instances: [String: Instance]
    /// In a stable order: by name.
    package let objects: [any ServerObject]
    private let objectsByInstance: [String: [any ServerObject]]
    private let objectsByID: [ResourceID: any ServerObject]
    /// The values of the secrets that could be read.
    package var secrets: [SecretReference: Secret] = [:]

    package init(fleet: Fleet, instances: [String: Instance], objects: [any ServerObject]) {
        self.fleet = fleet
        self.instances = instances
        self.objects = objects
        objectsByInstance = Dictionary(grouping: objects, by: \.id.instance)
        objectsByID = Dictionary(objects.map { ($0.id, $0) }) { first, _ in first }
    }

    /// The objects of one instance.
    package func objects(of instance: String) -> [any ServerObject] { objectsByInstance[instance] ?? [] }

    /// The object with this name.
    package func object(_ id: ResourceID) -> (any ServerObject)? { objectsByID[id] }
}

extension FleetDraft {
    /// Follows every reference and applies defaults and templates.
    package func resolved(collector: inout DiagnosticCollector) -> DesiredFleet {
        let fleet = fleet ?? Fleet()
        var instances: [String: Instance] = [:]
        var shared = SharedParameters(defaults: fleet.defaults, templates: templates)
        for declaration in self.instances {
            instances[declaration.name] = declaration.resolved(
                defaults: fleet.defaults,
                shared: &shared,
                collector: &collector
            )
        }
        checkUnusedTemplates(collector: &collector)
        let ids = Set(self.instances.map { ResourceID.instance($0.name) } + objects.map(\.id))
        for reference in objects.flatMap(\.references)
        where !ids.contains(reference.value) && !incompleteInstances.contains(reference.value.instance) {
            emitDangling(reference, among: ids, collector: &collector)
        }
        return DesiredFleet(
            fleet: fleet,
            instances: instances,
            objects: objects.map { ($0.id.description, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        )
    }

    /// A template that nobody uses yet has mistakes too: it is checked against the newest major.
    private func checkUnusedTemplates(collector: inout DiagnosticCollector) {
        let used = Set(instances.compactMap { ($0.spec.parameterTemplate ?? fleet?.defaults.parameterTemplate)?.value })
        for template in templates.values where !used.contains(template.name.value) {
            _ = ParameterChecks.check(
                template.parameters,
                major: ParameterCatalogue.majors.max() ?? 0,
                origin: .template(template.name.value),
                collector: &collector
            )
        }
    }

    private func emitDangling(
        _ reference: Located<ResourceID>,
        among ids: Set<ResourceID>,
        collector: inout DiagnosticCollector
    ) {
        let id = reference.value
        let candidates = ids.filter { $0.kind == id.kind && $0.path.dropLast() == id.path.dropLast() }.map(\.name)
        collector.emit(
            Diagnostic(
                .danglingReference,
                "\(id.kind) \"\(id.name)\" is declared nowhere\(id.path.count > 1 ? " for instance \(id.instance)" : "").",
                at: reference.range,
                help: NearestName.question(id.name, among: candidates)
                    ?? (candidates.isEmpty
                        ? nil : "there are \(candidates.sorted().prefix(10).joined(separator: ", "))")
            )
        )
    }
}
