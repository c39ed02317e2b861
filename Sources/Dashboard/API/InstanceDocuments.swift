import FleetModel
import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An instance as it is listed.
struct InstanceSummary: Encodable {
    var name: String
    var state: String
    var isReady: Bool
    var problem: String?
    var id: String
    var version: String
    var project: String?
    var tags: [String: String]
    var availability: String
    var endpoints: [EndpointFact]
    var nodes: [NodeSummary]
    var conditions: [Condition]
    var lastLook: Date?
    var nextLook: Date?
    var pendingActions: Int
    var drift: [String]

    init(_ facts: InstanceFacts) {
        name = facts.name
        state = facts.state
        isReady = facts.isReady
        problem = facts.problem
        id = facts.id
        version = facts.version
        project = facts.project
        tags = facts.tags
        availability = facts.availability
        endpoints = facts.endpoints
        nodes = facts.nodes.map(NodeSummary.init)
        conditions = facts.conditions
        lastLook = facts.lastLook
        nextLook = facts.nextLook
        pendingActions = facts.plan?.actions.count ?? 0
        drift = facts.drift
    }
}

struct NodeSummary: Encodable {
    var number: Int
    var role: String
    var zone: String?
    var group: String?
    var isRunning: Bool
    var problem: String?
    var following: String?
    var isSynchronous: Bool?
    var lagBytes: Int?
    var lagSeconds: Double?
    var waitingParameters: [String]

    init(_ facts: NodeFacts) {
        number = facts.number
        role = facts.role.rawValue
        zone = facts.zone
        group = facts.group
        isRunning = facts.isRunning
        problem = facts.problem
        following = facts.following
        isSynchronous = facts.isSynchronous
        lagBytes = facts.lagBytes
        lagSeconds = facts.lagSeconds
        waitingParameters = facts.waitingParameters
    }
}

/// An instance with everything in it.
struct InstanceDocument: Encodable {
    struct NodeFigures: Encodable {
        var number: Int
        var figures: ServerFigures?
        var rates: FigureRates?
        /// Oldest first.
        var samples: [FigureSample]
    }

    var formatVersion = "1.0"
    var instance: InstanceSummary
    var charset: String
    var size: [String: String]
    var isProtected: Bool
    var figures: [NodeFigures]
    var parameters: [ParameterFact]
    var accounts: [AccountFact]
    var databases: [DatabaseFact]
    var backups: BackupsFact?
    /// Those that took the most time in all come first.
    var slowStatements: [SlowStatementFact]
    /// `log_min_duration_statement`.
    var slowThreshold: String?
    var plan: InstancePlan?

    init(_ facts: InstanceFacts) {
        instance = InstanceSummary(facts)
        charset = facts.charset
        size = facts.size
        isProtected = facts.isProtected
        figures = facts.nodes.map {
            NodeFigures(number: $0.number, figures: $0.figures, rates: $0.rates, samples: $0.samples)
        }
        parameters = facts.parameters
        accounts = facts.accounts
        databases = facts.databases
        backups = facts.backups
        slowStatements = facts.slowStatements
        slowThreshold = facts.slowThreshold
        plan = InstancePlan(facts)
    }
}

/// What is to be done with one instance, as `plan -o json` has it.
struct InstancePlan: Encodable {
    var instance: String
    var summary: Plan.Summary
    var changes: [Change]
    var actions: [Action]
    var disruptions: [Plan.Disruption]

    /// Nil where nothing is to be done or to be told.
    init?(_ facts: InstanceFacts) {
        guard let plan = facts.plan, !plan.isEmpty || !plan.changes.isEmpty else { return nil }
        instance = facts.name
        summary = plan.summary
        changes = plan.changes
        actions = plan.actions
        disruptions = plan.disruptions
    }
}
