package import Reconciliation

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Everything that the page, the JSON answers and the metrics show, at one moment; none of them knows anything else.
///
/// There is no secret in it, and nothing that leads to one: what would have to be hidden is never put in.
package struct FleetFacts: Sendable {
    package var time: Date
    package var loop: LoopState
    /// In the order of their names.
    package var instances: [InstanceFacts]
    /// Newest first.
    package var events: [LoopEvent]
    /// What runs did, newest first.
    package var history: [HistoryFact]
    package var migrations: [MigrationFact] = []
    package var counts = LoopCounts()
    package var notifications = NotificationCounts()
    package var openStreams = 0

    package init(
        time: Date,
        loop: LoopState,
        instances: [InstanceFacts] = [],
        events: [LoopEvent] = [],
        history: [HistoryFact] = []
    ) {
        self.time = time
        self.loop = loop
        self.instances = instances
        self.events = events
        self.history = history
    }

    package func instance(_ name: String) -> InstanceFacts? { instances.first { $0.name == name } }

    /// Whether specifications are in force and every declared instance has been looked at.
    package var isReady: Bool {
        loop.specDigest != nil && loop.instances.allSatisfy { $0.lastLook != nil || !$0.conditions.isEmpty }
    }
}

/// One action of a run, as the history has it.
package struct HistoryFact: Codable, Hashable, Sendable {
    package var run: String
    package var verb: String
    package var user: String
    package var commit: String?
    package var resource: String
    package var summary: String
    package var impact: String
    package var status: String
    package var message: String?
    package var started: Date
    package var seconds: Double
    /// The instance that the resource is, or lives in.
    package var instance: String

    package init(
        run: String,
        verb: String,
        user: String,
        commit: String? = nil,
        instance: String,
        resource: String,
        summary: String,
        impact: String,
        status: String,
        message: String? = nil,
        started: Date,
        seconds: Double
    ) {
        self.run = run
        self.verb = verb
        self.user = user
        self.commit = commit
        self.instance = instance
        self.resource = resource
        self.summary = summary
        self.impact = impact
        self.status = status
        self.message = message
        self.started = started
        self.seconds = seconds
    }
}
