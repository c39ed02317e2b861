import Diagnostics
import FleetModel
import Planning
import Resources
import SQL
import SpecLoading
import TestSupport
import Testing

/// What is planned for an instance with a standby, by what is found of its nodes.
@Suite struct AvailabilityPlanTests {
    private func plan(
        availability: String = "{ mode: dual }",
        parameters: String = "{}",
        observedParameters: [String: String] = [:],
        _ change: (inout ObservedInstance) -> Void = { _ in }
    ) -> Plan {
        let text = """
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: orders }
            spec: { version: 15, availability: \(availability), parameters: \(parameters) }
            """
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
        var observed = observed(parameters: observedParameters)
        change(&observed)
        let planner = Planner(
            desired: fleet,
            observed: ObservedFleet(instances: ["orders": observed]),
            capabilities: ProviderCapabilities(provider: "local", majors: [15], features: [.dual])
        )
        let plan = planner.plan(collector: &collector).plan
        #expect(!collector.hasErrors, "\(collector.diagnostics)")
        return plan
    }

    private func observed(parameters: [String: String]) -> ObservedInstance {
        var record = OwnershipRecord()
        var policy = AvailabilityPolicy()
        policy.mode = .dual
        record.availability = policy
        var standby = ObservedNode(number: 2, role: .standby, isRunning: true, processID: 2)
        standby.following = ObservedFollowing(state: "streaming", isSynchronous: false, lagBytes: 0)
        let placement = InstanceObservation(
            name: "orders",
            state: .running,
            id: "pg-12345678",
            major: 15,
            charset: "UTF8",
            endpoint: ObservedEndpoint(address: "127.0.0.1", port: 15400, isOpen: true),
            nodes: [ObservedNode(number: 1, role: .primary, isRunning: true, processID: 1), standby],
            record: record
        )
        let known = parameters.map { name, setting in
            ObservedParameter(
                Row(
                    columns: [
                        "name": 0, "reset_val": 1, "context": 2, "vartype": 3, "source": 4, "sourcefile": 5,
                        "pending_restart": 6,
                    ],
                    values: [name, setting, "postmaster", "integer", "configuration file", nil, "f"]
                )
            )
        }
        let server = ObservedServer(
            version: 150018,
            parameters: Dictionary(known.map { ($0.name, $0) }) { first, _ in first },
            objects: [:]
        )
        return ObservedInstance(placement: placement, server: server)
    }

    private func summaries(_ plan: Plan) -> [String] { plan.actions.map(\.summary) }

    @Test func `nothing is planned for a standby that follows`() { #expect(plan().isEmpty) }

    @Test func `a standby that is missing, stopped, damaged or lost is brought to follow, and nobody is disturbed`() {
        let cases: [(String, (inout ObservedInstance) -> Void)] = [
            ("build the standby of orders", { $0.placement.nodes.removeLast() }),
            ("start the standby of orders, node 2", { $0.placement.nodes[1].isRunning = false }),
            ("rebuild the standby of orders, node 2", { $0.placement.nodes[1].problem = "its data folder is gone" }),
            ("let node 2 of orders follow the primary", { $0.placement.nodes[1].following = nil }),
            (
                "restart the standby of orders, node 2, for max_connections",
                { $0.placement.nodes[1].waitingParameters = ["max_connections"] }
            ),
        ]
        for (summary, change) in cases {
            let plan = plan(change)
            #expect(summaries(plan) == [summary])
            #expect(plan.actions.map(\.operation) == [.attach])
            #expect(plan.summary.impact == .none)
            #expect(plan.changes.first?.differences.first?.path == "standby")
        }
    }

    @Test func `one server instead of two takes the standby away, after that was recorded`() {
        let plan = plan(availability: "{ mode: single }")
        #expect(plan.actions.map(\.operation) == [.record, .detach])
        #expect(plan.actions.last?.prerequisites == ["a1"])
    }

    @Test func `where the standby has to take over first, it is the old primary that is taken away`() {
        let plan = plan(availability: "{ mode: single }") {
            $0.server = nil
            $0.placement.state = .stopped
            $0.placement.recovery = .failOver(to: 2)
        }
        #expect(plan.actions.map(\.operation) == [.record, .failover, .configure, .detach])
        #expect(summaries(plan).last == "remove the standby of orders, node 1, with its data")
    }

    @Test func `commits that are to wait for the standby are a difference until they do`() {
        #expect(
            summaries(plan(availability: "{ mode: dual, replication: sync }")).last
                == "let commits of orders wait for the standby"
        )
    }

    @Test func `a primary that is gone is replaced first, and then made a standby`() {
        for state in [InstanceObservation.State.stopped, .unresponsive] {
            let plan = plan {
                $0.server = nil
                $0.placement.state = state
                $0.placement.recovery = .failOver(to: 2)
            }
            #expect(plan.actions.map(\.operation) == [.failover, .configure, .attach])
            #expect(plan.actions.first?.summary.hasPrefix("let node 2 of orders take over: node 1 does not ") == true)
            #expect(plan.summary.impact == .switchover)
        }
    }

    @Test func `a restart is a switchover where that can be, and in place where it cannot`() {
        let raised = plan(parameters: "{ max_connections: 200 }", observedParameters: ["max_connections": "100"])
        #expect(raised.actions.map(\.operation) == [.configure, .switchover])
        #expect(raised.summary.impact == .switchover)

        // A standby must not have less than its primary, so a primary that is to have less goes first.
        let lowered = plan(parameters: "{ max_connections: 50 }", observedParameters: ["max_connections": "100"])
        #expect(lowered.actions.last?.summary == "restart orders for max_connections, primary first")
        #expect(lowered.summary.impact == .restart)

        // Other parameters may be lowered on the standby first.
        let buffers = plan(parameters: "{ shared_buffers: 16MB }", observedParameters: ["shared_buffers": "16384"])
        #expect(buffers.actions.last?.operation == .switchover)

        let behind = plan(parameters: "{ max_connections: 200 }", observedParameters: ["max_connections": "100"]) {
            $0.placement.nodes[1].following?.state = "catchup"
        }
        #expect(behind.actions.last?.summary == "restart orders for max_connections, standby first")
    }
}
