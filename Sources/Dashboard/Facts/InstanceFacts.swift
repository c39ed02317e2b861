import Backups
package import FleetModel
package import Reconciliation
import Resources

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What is shown of one instance.
package struct InstanceFacts: Sendable {
    package var name: String
    /// In `InstanceObservation.State`'s words; `unknown` until the first look.
    package var state: String
    package var problem: String?
    package var id: String
    /// `PostgreSQL 15.18` as far as it is known.
    package var version: String
    package var charset: String
    package var project: String?
    package var tags: [String: String]
    package var size: [String: String]
    package var isProtected: Bool
    /// `single`, `dual, async`, `dual, sync`.
    package var availability: String
    package var endpoints: [EndpointFact]
    package var nodes: [NodeFacts]
    package var conditions: [Condition]
    package var lastLook: Date?
    package var nextLook: Date?
    package var parameters: [ParameterFact]
    package var accounts: [AccountFact]
    package var databases: [DatabaseFact]
    /// What is to be done and has not been.
    package var plan: Plan?
    /// What somebody else changed: `Account/orders/app remark`.
    package var drift: [String]
    /// Nil where it is not backed up, and for a server whose backups are not kept here.
    package var backups: BackupsFact?
    /// Those that took the most time in all come first.
    package var slowStatements: [SlowStatementFact] = []
    /// `log_min_duration_statement`; nil when the server could not be asked.
    package var slowThreshold: String?

    /// An instance that has been declared, and not been looked at.
    package init(name: String) {
        self.name = name
        state = "unknown"
        id = ""
        version = ""
        charset = ""
        tags = [:]
        size = [:]
        isProtected = true
        availability = "unknown"
        endpoints = []
        nodes = []
        conditions = []
        parameters = []
        accounts = []
        databases = []
        drift = []
    }

    /// What its look and the loop know.
    package init(_ state: InstanceState, look: LoopLook?) {
        self.init(name: state.name)
        conditions = state.conditions
        lastLook = state.lastLook
        nextLook = state.nextLook
        guard let look else { return }
        plan = look.plan
        drift = look.drift
        guard let observed = look.observed else {
            self.state = "absent"
            return
        }
        show(observed.placement)
        backups = look.archive.map { BackupsFact($0, archiver: observed.server?.archiver, now: look.time) }
        if let server = observed.server { show(server, record: observed.placement.record) }
    }

    /// When the newest backup that can be restored was made.
    package var lastBackup: Date? { backups?.lastGood }

    package var isReady: Bool { conditions.contains { $0.type == .ready && $0.isTrue } }

    /// The one condition that says most: stuck, being worked on, or as desired.
    package var foremost: Condition? {
        for type in [Condition.Kind.stalled, .reconciling, .ready] {
            if let condition = conditions.first(where: { $0.type == type }) { return condition }
        }
        return nil
    }

    private mutating func show(_ placement: InstanceObservation) {
        state = placement.state.rawValue
        problem = placement.problem
        id = placement.id
        version = placement.major == 0 ? "" : "PostgreSQL \(placement.major)"
        charset = placement.charset
        project = placement.record.project
        tags = placement.record.tags
        size = placement.record.size
        isProtected = placement.record.deletionProtection
        let policy = placement.record.availability ?? AvailabilityPolicy()
        availability = policy.mode == .dual ? "dual, \(policy.replication.rawValue)" : "single"
        if let endpoint = placement.endpoint { endpoints.append(EndpointFact("private", endpoint)) }
        endpoints += placement.groups.map { EndpointFact("read-only group \($0.name)", $0.endpoint) }
        nodes = placement.nodes.map(NodeFacts.init)
    }

    private mutating func show(_ server: ObservedServer, record: OwnershipRecord) {
        version = "PostgreSQL \(server.version / 10_000).\(server.version % 10_000)"
        parameters = server.parameters.values.sorted { $0.name < $1.name }
            .filter { $0.isSetOnPurpose || $0.isPendingRestart }
            .map { ParameterFact($0, origin: record.parameters[$0.name]?.origin) }
        slowThreshold = server.parameters["log_min_duration_statement"]?.shown
        accounts = server.observed(Account.self)
            .map { AccountFact($0.id.name, $0.object, isManaged: record.objects[$0.id.description] != nil) }
        databases = server.observed(Database.self).filter(\.object.isOrdinary)
            .map { DatabaseFact($0.id.name, $0.object, isManaged: record.objects[$0.id.description] != nil) }
    }
}

/// An address that clients use.
package struct EndpointFact: Codable, Hashable, Sendable {
    package var kind: String
    package var address: String
    package var port: Int
    package var isOpen: Bool
    /// The instance that answers there since a migration moved the endpoint; nil for its own.
    package var leadsTo: String?

    package init(_ kind: String, _ endpoint: ObservedEndpoint) {
        self.kind = kind
        address = endpoint.address
        port = endpoint.port
        isOpen = endpoint.isOpen
        leadsTo = endpoint.leadsTo
    }

    package var text: String { "\(address):\(port)" }
}

/// A parameter that somebody has set.
package struct ParameterFact: Codable, Hashable, Sendable {
    package var name: String
    package var value: String
    /// What a restart makes of it; nil when nothing waits, or it cannot be read.
    package var waiting: String?
    package var isPendingRestart: Bool
    /// `pgsteer`, `provider`, or where PostgreSQL says that it comes from.
    package var setBy: String
    /// What in the specifications gave the value, and at which line.
    package var origin: String?

    init(_ parameter: ObservedParameter, origin: String?) {
        name = parameter.name
        value = parameter.shown
        waiting = parameter.waiting
        isPendingRestart = parameter.isPendingRestart
        setBy = parameter.isSetByPgsteer ? "pgsteer" : parameter.isSetByProvider ? "provider" : parameter.source
        self.origin = parameter.isSetByPgsteer ? origin : nil
    }
}

package struct AccountFact: Codable, Hashable, Sendable {
    package var name: String
    package var mayLogIn: Bool
    package var memberships: [String]
    package var remark: String?
    package var sessions: Int
    package var validUntil: String?
    /// Whether a specification declared it.
    package var isManaged: Bool

    init(_ name: String, _ account: ObservedAccount, isManaged: Bool) {
        self.name = name
        mayLogIn = account.login
        memberships = Set(account.memberships.map(\.role)).sorted()
        remark = account.remark
        sessions = account.sessionCount
        validUntil = account.validUntil == .never ? nil : account.validUntil.description
        self.isManaged = isManaged
    }

    package init(name: String, remark: String?) {
        self.name = name
        mayLogIn = true
        memberships = []
        self.remark = remark
        sessions = 0
        isManaged = true
    }
}

package struct DatabaseFact: Codable, Hashable, Sendable {
    package var name: String
    package var owner: String
    package var remark: String?
    /// Whether a specification declared it.
    package var isManaged: Bool

    init(_ name: String, _ database: ObservedDatabase, isManaged: Bool) {
        self.name = name
        owner = database.owner
        remark = database.remark
        self.isManaged = isManaged
    }

    package init(name: String, owner: String) {
        self.name = name
        self.owner = owner
        isManaged = true
    }
}
