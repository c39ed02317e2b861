import Diagnostics
import FleetModel
import Planning
import Resources
import SpecLoading
import Testing

/// When a migration is a change of a plan.
@Suite struct MigrationPlanTests {
    /// What the plan would bring a migration to; nil when it leaves it alone.
    private static func goal(_ cutover: String, at state: MigrationState?, isOpen: Bool = false) -> String? {
        let text = """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: { service: a }
              target: { service: b }
              type: full+incremental
              cutover: { \(cutover) }
            """
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
        #expect(!collector.hasErrors, "\(collector.diagnostics)")
        var observed = ObservedFleet(instances: [:])
        observed.migrations["move"] = state
        if isOpen { observed.openCutovers.insert("move") }
        let planner = Planner(
            desired: fleet,
            observed: observed,
            capabilities: ProviderCapabilities(provider: "local", majors: [15], features: [])
        )
        let plan = planner.plan(collector: &collector).plan
        return plan.changes.first { $0.resource.kind == Migration.kind }?.differences.first?.desired
    }

    @Test func `what becomes of the endpoint of an instance is told before`() {
        func note(_ cutover: String, source: String = "{ instance: a, database: shop }") -> String? {
            let instances = ["a", "b"]
                .map { name in
                    "apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: \(name) }\nspec: { version: 15, databases: [{ name: shop }] }\n---\n"
                }
            let document = """
                apiVersion: pgsteer/v1
                kind: Migration
                metadata: { name: move }
                spec:
                  source: \(source)
                  target: { instance: b, database: shop }
                  type: full+incremental
                  cutover: { \(cutover) }
                """
            let text = instances.joined() + document
            var collector = DiagnosticCollector()
            let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
            #expect(!collector.hasErrors, "\(collector.diagnostics)")
            let planner = Planner(
                desired: fleet,
                observed: ObservedFleet(instances: [:]),
                capabilities: ProviderCapabilities(provider: "local", majors: [15], features: [])
            )
            return planner.plan(collector: &collector).plan.changes.first { $0.resource.kind == Migration.kind }?.note
        }
        let method = "logical, since one database is moved, and not a whole instance"
        #expect(note("when: manual") == "\(method); the endpoint of a leads to b after the cut-over")
        #expect(note("endpoint: keep") == method)
        #expect(
            note("when: manual", source: "{ service: y }") == "logical, since the source is no instance of the fleet"
        )
    }

    @Test func `one that waits for a person is no change`() {
        #expect(Self.goal("when: manual", at: .readyToComplete) == nil)
        #expect(Self.goal("when: manual", at: nil) == "ready to complete")
        #expect(Self.goal("rollback: keep", at: .wayBackOpen) == nil)
        #expect(Self.goal("rollback: keep", at: .rolledBack) == nil)
        #expect(Self.goal("rollback: keep", at: .paused) == nil)
    }

    @Test func `one that crosses or cuts over by itself goes on`() {
        #expect(Self.goal("rollback: keep", at: .rollingBack) != nil)
        #expect(Self.goal("when: automatic", at: .readyToComplete) == "completed")
        #expect(Self.goal("when: automatic, rollback: keep", at: .readyToComplete) == "way back open")
    }

    @Test func `a cut-over within a window is a change while one is open`() {
        let window = "when: window, windows: [\"daily 02:00-03:00 UTC\"]"
        #expect(Self.goal(window, at: .readyToComplete) == nil)
        #expect(Self.goal(window, at: .readyToComplete, isOpen: true) == "completed")
        #expect(Self.goal(window, at: .fullCopy) == "ready to complete")
    }

    @Test func `a document that was changed after its migration has begun is a warning at its line`() throws {
        let text = """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec: { source: { service: a }, target: { service: c }, type: full }
            """
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
        var observed = ObservedFleet(instances: [:])
        observed.migrations["move"] = .completed
        observed.otherMigrations["move"] = "full from service a to service b"
        let planner = Planner(
            desired: fleet,
            observed: observed,
            capabilities: ProviderCapabilities(provider: "local", majors: [15], features: [])
        )
        #expect(planner.plan(collector: &collector).plan.isEmpty)
        let warning = try #require(collector.diagnostics.first)
        #expect(collector.diagnostics.count == 1 && !collector.hasErrors && warning.code.id == "PGS-112")
        #expect(warning.detail.contains("has begun as full from service a to service b"))
        #expect(warning.help == "put the document back, or begin anew after pgsteer migration delete move")
    }

    @Test func `a migration that has begun and is not declared any more is told`() throws {
        var observed = ObservedFleet(instances: [:])
        observed.undeclaredMigrations["move"] = "incremental sync, service a to service b"
        let planner = Planner(
            desired: DesiredFleet(fleet: Fleet(), instances: [:], objects: []),
            observed: observed,
            capabilities: ProviderCapabilities(provider: "local", majors: [15], features: [])
        )
        var collector = DiagnosticCollector()
        #expect(planner.plan(collector: &collector).plan.isEmpty)
        let warning = try #require(collector.diagnostics.first)
        #expect(warning.code.id == "PGS-114" && !collector.hasErrors)
        #expect(warning.detail.contains("move has begun (incremental sync, service a to service b)"))
    }
}
