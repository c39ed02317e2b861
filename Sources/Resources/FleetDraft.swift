package import Diagnostics
import FleetModel
import SpecSchema
import YAMLSyntax

/// What the documents declare, before references between them have been followed.
package struct FleetDraft: Sendable {
    package private(set) var fleet: Fleet?
    package private(set) var templates: [String: ParameterTemplate] = [:]
    package private(set) var securityGroups: [String: SecurityGroup] = [:]
    package private(set) var instances: [InstanceDeclaration] = []
    package private(set) var readOnlyGroups: [ReadOnlyGroup] = []
    /// As they were declared; which of them mean the same is known only under the rules of their instances.
    package internal(set) var objects: [any ServerObject] = []
    package private(set) var grants: [GrantRule] = []
    package private(set) var migrations: [Migration] = []
    private var places: [ResourceID: SourceRange] = [:]
    /// By instance; what seems to be missing there may only be unreadable.
    private(set) var unread: [String: UnreadParts] = [:]

    package init() {}

    package mutating func add(_ fleet: Fleet, collector: inout DiagnosticCollector) {
        // At most one fleet, whatever it is called.
        guard claim(ResourceID("Fleet", "*"), at: fleet.range, shown: "A Fleet", &collector) else { return }
        self.fleet = fleet
    }

    package mutating func add(_ template: ParameterTemplate, collector: inout DiagnosticCollector) {
        let id = ResourceID(ParameterTemplate.kind, template.name.value)
        guard claim(id, at: template.name.range, shown: id.description, &collector) else { return }
        templates[template.name.value] = template
    }

    package mutating func add(_ group: SecurityGroup, collector: inout DiagnosticCollector) {
        let id = ResourceID(SecurityGroup.kind, group.name.value)
        guard claim(id, at: group.name.range, shown: id.description, &collector) else { return }
        securityGroups[group.name.value] = group
    }

    package mutating func add(_ instance: InstanceDeclaration, collector: inout DiagnosticCollector) {
        let id = ResourceID.instance(instance.name)
        guard claim(id, at: instance.range, shown: id.description, &collector) else { return }
        instances.append(instance)
    }

    package mutating func add(_ migration: Migration, collector: inout DiagnosticCollector) {
        guard claim(migration.id, at: migration.range, shown: migration.id.description, &collector) else { return }
        migrations.append(migration)
    }

    package mutating func add(_ group: ReadOnlyGroup, collector: inout DiagnosticCollector) {
        guard claim(group.id, at: group.range, shown: group.id.description, &collector) else { return }
        readOnlyGroups.append(group)
    }

    package mutating func add(_ object: some ServerObject) { objects.append(object) }

    /// Adds privileges; documents may give the same role privileges in several places.
    package mutating func add(_ rules: [GrantRule]) { grants += rules }

    /// Adds what another draft declares, after what this one declares.
    package mutating func merge(_ other: FleetDraft, collector: inout DiagnosticCollector) {
        if let fleet = other.fleet { add(fleet, collector: &collector) }
        for template in other.templates.values.sorted(by: { $0.name.range < $1.name.range }) {
            add(template, collector: &collector)
        }
        for group in other.securityGroups.values.sorted(by: { $0.name.range < $1.name.range }) {
            add(group, collector: &collector)
        }
        for instance in other.instances { add(instance, collector: &collector) }
        for migration in other.migrations { add(migration, collector: &collector) }
        for group in other.readOnlyGroups { add(group, collector: &collector) }
        objects += other.objects
        grants += other.grants
        unread.merge(other.unread) { $0.merging($1) }
    }

    /// Takes note that a document had mistakes: what it would have declared is not reported as missing elsewhere.
    ///
    /// - Parameter isOpen: Whether a key was not understood or is missing.
    package mutating func markIncomplete(_ document: Document, isOpen: Bool) {
        var names: Set<String> = []
        if let instance = document.spec?["instance"]?.scalar?.text { names.insert(instance) }
        if document.kind == Instance.kind, let name = document.metadata.name {
            names.insert(name.value)
            // With a count one document declares several.
            names.formUnion(instances.reversed().prefix { $0.range == name.range }.map(\.name))
        }
        for name in names { unread[name, default: UnreadParts()].insert(document, isOpen: isOpen) }
    }

    private mutating func claim(
        _ id: ResourceID,
        at range: SourceRange,
        shown: @autoclosure () -> String,
        _ collector: inout DiagnosticCollector
    ) -> Bool {
        guard let first = places[id] else {
            places[id] = range
            return true
        }
        emitDuplicate(shown(), at: range, first: first, &collector)
        return false
    }

    func emitDuplicate(
        _ shown: String,
        at range: SourceRange,
        first: SourceRange,
        _ collector: inout DiagnosticCollector
    ) {
        collector.emit(
            Diagnostic(
                .duplicateResource,
                "\(shown) is declared twice.",
                at: range,
                notes: [Diagnostic.Note("first declared here", at: first)],
                help: "keep one of the two"
            )
        )
    }
}
