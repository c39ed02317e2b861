package import Diagnostics
package import FleetModel
import SpecSchema

/// What the specifications ask for, complete: defaults filled in, templates applied, references followed.
package struct DesiredFleet: Sendable {
    package var fleet: Fleet
    /// By name.
    package var instances: [String: Instance]
    /// In a stable order: by instance, then by name.
    package var objects: [any ServerObject]
    /// The values of the secrets that could be read.
    package var secrets: [SecretReference: Secret] = [:]

    package init(fleet: Fleet, instances: [String: Instance], objects: [any ServerObject]) {
        self.fleet = fleet
        self.instances = instances
        self.objects = objects
    }

    /// The objects of one instance.
    package func objects(of instance: String) -> [any ServerObject] { objects.filter { $0.id.instance == instance } }

    /// The object with this name.
    package func object(_ id: ResourceID) -> (any ServerObject)? { objects.first { $0.id == id } }
}

extension FleetDraft {
    /// Follows every reference and applies defaults and templates.
    package func resolved(collector: inout DiagnosticCollector) -> DesiredFleet {
        let fleet = fleet ?? Fleet()
        var instances: [String: Instance] = [:]
        for declaration in self.instances {
            instances[declaration.name] = declaration.resolved(
                defaults: fleet.defaults,
                templates: templates,
                collector: &collector
            )
        }
        checkUnusedTemplates(collector: &collector)
        let ids = Set(self.instances.map { ResourceID.instance($0.name) } + objects.map(\.id))
        for reference in objects.flatMap(\.references) where !ids.contains(reference.value) {
            emitDangling(reference, among: ids, collector: &collector)
        }
        return DesiredFleet(
            fleet: fleet,
            instances: instances,
            objects: objects.sorted { $0.id < $1.id }
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
                    ?? (candidates.isEmpty ? nil : "there are \(candidates.sorted().prefix(10).joined(separator: ", "))")
            )
        )
    }
}
