import Diagnostics
import FleetModel
import Hashing
import Planning
import Resources
import SQL
import SpecLoading
import TestSupport
import Testing

/// Plans a specification against an observed fleet.
private func plan(
    _ specification: String,
    _ observed: [ObservedInstance] = [],
    options: PlanOptions = PlanOptions(),
    secrets: [SecretReference: Secret] = [:]
) -> (planned: PlannedFleet, diagnostics: [Diagnostic]) {
    var collector = DiagnosticCollector()
    var fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(specification.utf8))], collector: &collector)
    #expect(!collector.hasErrors, "\(collector.diagnostics)")
    fleet.secrets = secrets
    let planner = Planner(
        desired: fleet,
        observed: ObservedFleet(instances: Dictionary(uniqueKeysWithValues: observed.map { ($0.placement.name, $0) })),
        capabilities: ProviderCapabilities(provider: "local", majors: [15, 17], features: []),
        options: options
    )
    let planned = planner.plan(collector: &collector)
    return (planned, collector.sorted)
}

private let specification = """
    apiVersion: pgsteer/v1
    kind: Instance
    metadata: { name: orders, tags: { env: prod } }
    spec:
      version: 15
      accounts:
        - { name: app, memberships: [readers, zreaders] }
        - { name: readers, login: false }
        - { name: zreaders, login: false }
      databases: [{ name: shop, owner: app }]
      parameters: { work_mem: 8MB }
      protection: { deletion: false }

    """

private func observed(
    _ name: String = "orders",
    state: InstanceObservation.State = .running,
    record: (inout OwnershipRecord) -> Void = { _ in },
    objects: [String: [ResourceID: any ObservedObject]] = [:],
    parameters: [String: ObservedParameter] = [:]
) -> ObservedInstance {
    var ownership = OwnershipRecord()
    ownership.tags = ["env": "prod"]
    ownership.deletionProtection = false
    record(&ownership)
    let placement = InstanceObservation(
        name: name,
        state: state,
        problem: state == .blocked ? "its folder is gone." : nil,
        id: "pg-12345678",
        major: 15,
        charset: "UTF8",
        endpoint: ObservedEndpoint(address: "127.0.0.1", port: 15400, isOpen: true),
        nodes: [],
        record: ownership
    )
    let server = state == .running ? ObservedServer(version: 150018, parameters: parameters, objects: objects) : nil
    return ObservedInstance(placement: placement, server: server)
}

@Suite struct CreationPlanTests {
    @Test func `nobody is said to have changed what is still to be made`() {
        var collector = DiagnosticCollector()
        let planned = plan(specification).planned
        let drift = Drift(
            planned.plan,
            desired: DesiredFleet(fleet: Fleet(), instances: [:], objects: []),
            observed: ObservedFleet(instances: [:]),
            now: 0,
            collector: &collector
        )
        #expect(drift.isEmpty)
        #expect(drift.pending.map(\.resource) == [.instance("orders")])
    }

    @Test func `everything that follows is listed, prerequisites first`() throws {
        let plan = plan(specification).planned.plan
        #expect(plan.summary.create == 5)
        #expect(
            plan.actions.map(\.summary) == [
                "create orders: PostgreSQL 15", "start orders", "open the endpoint of orders",
                "create account readers on orders",
                "create account zreaders on orders", "create account app on orders", "create database shop on orders",
            ]
        )
        var done: Set<String> = []
        for action in plan.actions {
            #expect(Set(action.prerequisites).isSubset(of: done))
            done.insert(action.id)
        }
        #expect(
            plan.changes.first?.differences.contains { $0.path == "endpoint" && $0.desired == "(known after create)" }
                == true
        )
        #expect(plan.changes.allSatisfy { $0.source != nil })
    }

    @Test func `a role that nobody makes is told before the instance is made`() {
        func told(_ memberships: String) -> [String] {
            plan(specification.replacing("[readers, zreaders]", with: memberships)).diagnostics.map(\.code.id)
        }
        #expect(told("[readers, zreaders]").isEmpty && told("[readers, pg_monitor]").isEmpty)
        #expect(told("[readers, zreader]") == ["PGS-057"])
    }

    @Test func `the same input gives the same plan to the letter`() {
        let first = plan(specification).planned
        for _ in 0..<20 { #expect(plan(specification).planned.plan == first.plan) }
    }
}

@Suite struct UpdatePlanTests {
    @Test func `an instance that does not run is started, and what it holds is compared then`() {
        let plan = plan(specification, [observed(state: .stopped)]).planned.plan
        #expect(plan.actions.prefix(2).map(\.operation) == [.configure, .start])
        #expect(plan.changes.dropFirst().allSatisfy { $0.reason == .unknownYet })
        #expect(plan.actions.filter { $0.operation == .statement }.allSatisfy { !$0.prerequisites.isEmpty })
    }

    @Test func `privileges are compared after their database, also where no line names it`() throws {
        let text = specification.replacing("name: app, member", with: "name: app, grantMode: exact, member")
            .replacing("name: shop", with: "name: a_shop")
        let actions = plan(text, [observed(state: .stopped)]).planned.plan.actions
        let database = try #require(actions.first { $0.resource == ResourceID("Database", "orders", "a_shop") })
        let privileges = try #require(actions.first { $0.resource == ResourceID("Grant", "orders", "a_shop") })
        #expect(privileges.prerequisites.contains(database.id), "\(actions.map(\.summary))")
    }

    @Test func `a restart tells what others have set and it brings into force as well`() throws {
        func parameter(_ name: String, _ value: String, isPending: Bool) -> ObservedParameter {
            let columns = ["name", "reset_val", "context", "vartype", "source", "pending_restart"]
            var parameter = ObservedParameter(
                Row(
                    columns: Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) }),
                    values: [name, value, "postmaster", "integer", "configuration file", isPending ? "t" : "f"]
                )
            )
            if isPending { parameter.waiting = "2" }
            return parameter
        }
        let parameters = [
            "max_connections": parameter("max_connections", "100", isPending: true),
            "max_wal_senders": parameter("max_wal_senders", "10", isPending: true),
            "max_worker_processes": parameter("max_worker_processes", "8", isPending: false),
        ]
        let text = specification.replacing("work_mem: 8MB", with: "max_connections: 50")
        let disruptions = plan(text, [observed(parameters: parameters)]).planned.plan.disruptions
        let pending = try #require(disruptions.first?.pendingParameters)
        #expect(pending == [Plan.Disruption.PendingParameter(name: "max_wal_senders", observed: "10", pending: "2")])
        #expect(plan(specification, [observed(parameters: parameters)]).planned.plan.disruptions == [])
    }

    @Test func `a configuration file that is gone is written before anything else is done`() {
        var instance = observed()
        instance.placement.missingFile = "conf.d/pgsteer.conf"
        let plan = plan(specification, [instance]).planned.plan
        #expect(plan.actions.first?.operation == .configure)
        #expect(
            plan.changes.first?.differences.contains { $0.path == "configuration" && $0.impact == .reload } ?? false
        )
    }

    @Test func `a blocked instance is an error at the line that declares it`() {
        let diagnostics = plan(specification, [observed(state: .blocked)]).diagnostics
        #expect(diagnostics.map(\.code) == [.blockedInstance])
        #expect(diagnostics.first?.range?.line == 3)
    }

    @Test func `version and charset cannot be changed in place`() {
        let other = specification.replacing("version: 15", with: "version: 17\n  charset: LATIN1")
        #expect(plan(other, [observed()]).diagnostics.map(\.code) == [.immutable, .immutable])
    }

    @Test(arguments: [
        ("network: { public: true }", DiagnosticCode.unsupported),
        ("availability: { mode: dual }", .unsupported),
        ("securityGroups: [office]", .unsupported), ("backup: { schedule: 0 3 * * * }", .notActedOn),
        ("version: 16", .missingMajor),
    ])
    func `what the provider cannot do is told before anything is done`(line: String, code: DiagnosticCode) {
        let text =
            line.hasPrefix("version")
            ? specification.replacing("version: 15", with: line)
            : specification.replacing("  version: 15", with: "  version: 15\n  \(line)")
        let group = """
            ---
            apiVersion: pgsteer/v1
            kind: SecurityGroup
            metadata: { name: office }
            spec: { rules: [{ allow: 10.0.0.0/8 }] }

            """
        #expect(plan(text + group).diagnostics.map(\.code) == [code])
    }

    @Test func `facts that only the instance remembers are recorded`() {
        let plan = plan(specification, [observed(record: { $0.tags = ["env": "dev"] })]).planned.plan
        let difference = plan.changes.first?.differences.first
        #expect(difference?.path == "tags.env")
        #expect(difference?.observed == "dev")
        #expect(plan.actions.first?.operation == .record)
    }
}

@Suite struct RemovalPlanTests {
    private let nothing = "apiVersion: pgsteer/v1\nkind: Fleet\nmetadata: { name: x }\n"
    private let prune = PlanOptions(prune: true)

    @Test func `what is not declared any more is retained and reported`() {
        let kept = plan(nothing, [observed()]).planned.plan
        #expect(kept.isEmpty)
        #expect(kept.summary.retain == 1)
        #expect(kept.changes.first?.note?.contains("it stays: its deletionPolicy is retain") == true)
        let free = plan(nothing, [observed(record: { $0.deletionPolicy = .delete })]).planned.plan
        #expect(free.isEmpty && free.changes.first?.note?.contains("--prune would plan its removal") == true)
    }

    @Test func `pruning needs the policy and the protection as the instance remembers them`() {
        #expect(plan(nothing, [observed()], options: prune).planned.plan.isEmpty)
        let protected = observed(record: {
            $0.deletionPolicy = .delete
            $0.deletionProtection = true
        })
        #expect(plan(nothing, [protected], options: prune).planned.plan.isEmpty)
        let free = observed(record: { $0.deletionPolicy = .delete })
        let pruned = plan(nothing, [free], options: prune).planned.plan
        #expect(pruned.actions.map(\.operation) == [.destroy])
        #expect(plan(nothing, [free]).planned.plan.isEmpty)
    }

    @Test func `an instance that another's endpoint leads to stays, and one whose endpoint leads elsewhere says so`() {
        var needed = observed(record: { $0.deletionPolicy = .delete })
        needed.placement.removalObstacle = "the endpoint of old leads to it"
        let kept = plan(nothing, [needed], options: prune).planned.plan
        #expect(kept.actions.isEmpty && kept.changes.first?.note?.contains("the endpoint of old leads to it") == true)
        var old = observed(record: { $0.deletionPolicy = .delete })
        old.placement.endpoint?.leadsTo = "new"
        let pruned = plan(nothing, [old], options: prune).planned.plan
        #expect(pruned.actions.map(\.operation) == [.destroy])
        #expect(pruned.changes.first?.note?.contains("leads to new, is closed") == true)
    }

    @Test func `more deletions than the fleet allows are refused`() {
        let free = ["a", "b"].map { observed($0, record: { $0.deletionPolicy = .delete }) }
        #expect(plan(nothing, free, options: prune).diagnostics.map(\.code) == [.deletionLimit])
        let allowed = nothing + "spec: { safety: { maxDeletes: 2 } }\n"
        #expect(plan(allowed, free, options: prune).diagnostics == [])
    }
}

@Suite struct DigestTests {
    @Test func `a plan's digest moves with what is observed, and not with a process id`() {
        let base = plan(specification, [observed(state: .stopped)]).planned
        var moved = observed(state: .stopped)
        moved.placement.record.tags["x"] = "y"
        #expect(plan(specification, [moved]).planned.plan.digest != base.plan.digest)
        #expect(plan(specification, [moved]).planned.digests != base.digests)
        var restarted = observed(state: .stopped)
        restarted.placement.nodes = [ObservedNode(number: 1, role: .primary, isRunning: false, processID: 7)]
        var again = restarted
        again.placement.nodes[0].processID = 8
        #expect(plan(specification, [restarted]).planned.digests == plan(specification, [again]).planned.digests)
    }
}
