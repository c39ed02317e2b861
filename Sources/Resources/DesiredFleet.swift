package import Diagnostics
package import FleetModel
import SpecSchema

/// What the specifications ask for, complete: defaults filled in, templates applied, references followed.
package struct DesiredFleet: Sendable {
    package var fleet: Fleet
    /// By name.
    package var instances: [String: Instance]
    /// By instance and name.
    package var readOnlyGroups: [ReadOnlyGroup] = []
    /// By name.
    package var securityGroups: [String: SecurityGroup] = [:]
    /// In a stable order: by name.
    package let objects: [any ServerObject]
    private let objectsByInstance: [String: [any ServerObject]]
    private let objectsByID: [ResourceID: any ServerObject]
    /// By name.
    package var migrations: [String: Migration] = [:]
    /// The values of the secrets that could be read.
    package var secrets: [SecretReference: Secret] = [:]

    package init(fleet: Fleet, instances: [String: Instance], objects: [any ServerObject]) {
        self.fleet = fleet
        self.instances = instances
        self.objects = objects
        objectsByInstance = Dictionary(grouping: objects, by: \.id.instance)
        objectsByID = Dictionary(objects.map { ($0.id, $0) }) { first, _ in first }
    }

    /// What is desired of one instance alone, with the settings of the fleet.
    package func only(_ instance: String) -> DesiredFleet {
        var part = DesiredFleet(
            fleet: fleet,
            instances: instances.filter { $0.key == instance },
            objects: objects(of: instance)
        )
        part.secrets = secrets
        part.readOnlyGroups = readOnlyGroups(of: instance)
        return part
    }

    /// The objects of one instance.
    package func objects(of instance: String) -> [any ServerObject] { objectsByInstance[instance] ?? [] }

    /// Whom documents make members, by role, on one instance.
    package func declaredMembers(on instance: String) -> [Name: Set<Name>] {
        DeclaredMembers(objects(of: instance).compactMap { $0 as? Account }).byRole
    }

    /// The read-only groups of one instance, by name.
    package func readOnlyGroups(of instance: String) -> [ReadOnlyGroup] {
        readOnlyGroups.filter { $0.instance == instance }
    }

    /// Whether a document declares an object to be there.
    package func declares(_ id: ResourceID) -> Bool { objectsByID[id].map { $0.removalPolicy == nil } ?? false }

    /// The object with this name; for one that was applied and that no document mentions any more, an empty one where its
    /// kind has such.
    package func object(_ id: ResourceID) -> (any ServerObject)? {
        objectsByID[id] ?? emptied(id)
    }

    private func emptied(_ id: ResourceID) -> (any ServerObject)? {
        guard let object = ResourceCatalog.serverObject(named: id.kind)?.emptied(id) else { return nil }
        guard var grant = object as? Grant else { return object }
        // How accounts want their privileges kept goes on when no document gives them any.
        let accounts = objects(of: id.instance).compactMap { $0 as? Account }
        grant.govern(accounts.map { ($0.name, $0) })
        return grant
    }

    /// The objects of one instance, with empty ones for what was applied to it and no document mentions any more.
    package func objects(of instance: String, applied record: OwnershipRecord) -> [any ServerObject] {
        let declared = objects(of: instance)
        let ids = Set(declared.map(\.id))
        let emptied = record.objects.keys.sorted().compactMap(ResourceID.init)
            .filter { !ids.contains($0) && $0.instance == instance }
            .compactMap(self.emptied)
        return declared + emptied
    }

    /// The databases of an instance that have to be looked at.
    package func databases(of instance: String, applied record: OwnershipRecord) -> Set<Name> {
        let recorded = record.objects.keys.compactMap(ResourceID.init)
            .compactMap { id in ResourceCatalog.serverObject(named: id.kind)?.database(of: id) }
        return Set((objects(of: instance).compactMap(\.database) + recorded).map { Name($0) })
    }
}

extension FleetDraft {
    /// Follows every reference and applies defaults and templates.
    package func resolved(collector: inout DiagnosticCollector) -> DesiredFleet {
        let fleet = fleet ?? Fleet()
        let instances = resolvedInstances(fleet.defaults, collector: &collector)
        let policy = PolicyFacts(rules: fleet.policy)
        for instance in instances.values { collector.emit(contentsOf: policy.diagnostics(instance)) }
        checkUnusedTemplates(collector: &collector)
        checkReadOnlyGroups(instances, collector: &collector)
        let objects = knowingMembers(adaptedObjects(instances, collector: &collector))
        checkReferences(of: objects, instances, collector: &collector)
        let members = objects.compactMap { $0 as? Account }.filter { !$0.isAbsent && !($0.memberships ?? []).isEmpty }
        for members in Dictionary(grouping: members, by: \.id.instance).values {
            collector.emit(contentsOf: MembershipCircles.diagnostics(members))
        }
        var desired = DesiredFleet(
            fleet: fleet,
            instances: instances,
            objects: objects
        )
        desired.migrations = Dictionary(migrations.map { ($0.name.value, $0) }) { first, _ in first }
        desired.readOnlyGroups = readOnlyGroups.sorted { $0.id < $1.id }
        desired.securityGroups = securityGroups
        return desired
    }

    /// Lets accounts know who else is declared a member of which role, so that nobody loses what a document gives, and
    /// nobody keeps another one from losing what its own document takes.
    private func knowingMembers(_ objects: [any ServerObject]) -> [any ServerObject] {
        let accounts = Dictionary(grouping: objects.compactMap { $0 as? Account }, by: \.id.instance)
        let members = accounts.mapValues { DeclaredMembers($0) }
        return objects.map { object in
            guard var account = object as? Account, let members = members[account.id.instance] else { return object }
            account.declaredMembers = members
            return account
        }
    }

    /// Instances by name, with what they get from the fleet, from templates and from security groups.
    private func resolvedInstances(
        _ defaults: InstanceDefaults,
        collector: inout DiagnosticCollector
    ) -> [String: Instance] {
        let groups = SecurityGroups(groups: securityGroups)
        var shared = SharedParameters(defaults: defaults, templates: templates)
        // One after the other: whoever uses a template first is told with its mistakes.
        let inherited = instances.map { shared.inherited(by: $0, collector: &collector) }
        let resolved = collector.sideBySide(Array(instances.indices), size: 32) {
            [instances, unread] place, collector in
            instances[place]
                .resolved(
                    defaults: defaults,
                    inherited: inherited[place],
                    groups: groups,
                    isComplete: unread[instances[place].name] == nil,
                    collector: &collector
                )
        }
        return Dictionary(uniqueKeysWithValues: resolved.compactMap { instance in instance.map { ($0.name, $0) } })
    }

    /// Puts objects under the rules of their instances, sorts them by name, and keeps the first of those that mean the same.
    private func adaptedObjects(
        _ instances: [String: Instance],
        collector: inout DiagnosticCollector
    ) -> [any ServerObject] {
        let adapted = collector.sideBySide(objects + grantObjects(instances), size: 128) { object, collector in
            let adapted = instances[object.id.instance].map { object.adapted(to: $0, collector: &collector) } ?? object
            return (name: adapted.id.description, object: adapted)
        }
        let names = adapted.map(\.name)
        var result: [any ServerObject] = []
        var first: Int?
        // A stable sort: of those with the same name, the first that is declared comes first.
        for index in names.indices.sorted(by: { names[$0] < names[$1] }) {
            let object = adapted[index].object
            if let first, names[first] == names[index] {
                emitDuplicate(names[index], at: object.range, first: adapted[first].object.range, &collector)
            } else {
                first = index
                result.append(object)
            }
        }
        return result
    }

    /// All privileges of one database are one resource.
    private func grantObjects(_ instances: [String: Instance]) -> [any ServerObject] {
        if grants.isEmpty, !objects.contains(where: { ($0 as? Account)?.grantMode == .exact }) { return [] }
        let accounts = Dictionary(grouping: objects.compactMap { $0 as? Account }, by: \.id.instance)
        let databases = Dictionary(grouping: objects.compactMap { $0 as? Database }, by: \.id.instance)
        var rules = Dictionary(grouping: grants) { ResourceID(Grant.kind, $0.instance.value, $0.database.value) }
        // An account that is to have nothing else has nothing else in any database that is declared, nor on the server.
        for (instance, accounts) in accounts where accounts.contains(where: { $0.grantMode == .exact }) {
            for database in (databases[instance] ?? []).map(\.name) + [GrantRule.maintenanceDatabase] {
                rules[ResourceID(Grant.kind, instance, database), default: []] += []
            }
        }
        let extensions = Dictionary(grouping: objects.compactMap { $0 as? Extension }) { $0.id.path.prefix(2) }
        return rules.map { id, rules in
            let instance = instances[id.instance]
            let holders = (accounts[id.instance] ?? [])
                .map { account in
                    let name = Located(account.name, at: account.range)
                    return (instance.map { name.asAccount(of: $0).value } ?? account.name, account)
                }
            var grant = Grant(
                id: id,
                range: rules.first?.range ?? .nowhere,
                rules: rules,
                modes: [:],
                major: 0,
                extensions: (extensions[id.path.prefix(2)] ?? []).map(\.id)
            )
            grant.govern(holders)
            return grant
        }
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
}
