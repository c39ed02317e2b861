import Diagnostics
package import FleetModel
package import SpecSchema

/// `availability` as written.
package struct AvailabilitySpec: Sendable {
    package var mode: Located<AvailabilityPolicy.Mode>?
    package var replication: Located<AvailabilityPolicy.Replication>?
    package var syncFallback: Located<Bool>?
    package var maxSwitchoverLag: Located<ByteCount>?
    package var zones: Located<[Located<String>]>?

    static let schema = ObjectSchema<AvailabilitySpec>(
        "availability",
        "One server, or a primary with a standby.",
        make: { _ in AvailabilitySpec() },
        fields: [
            Field("mode", \.mode, .choice(of: "availability mode"), "single (by default) or dual."),
            Field(
                "replication",
                \.replication,
                .choice(of: "replication"),
                "When a commit is acknowledged: when the primary has it (async, by default), or the standby, too (sync)."
            ),
            Field(
                "syncFallback",
                \.syncFallback,
                .boolean,
                "Whether commits go on without the standby while it is gone; false by default: they wait."
            ),
            Field(
                "maxSwitchoverLag",
                \.maxSwitchoverLag,
                .size(ByteCount(bytes: 0)...ByteCount(bytes: 1 << 40)),
                "How far the standby may be behind for a switchover to be begun; \(AvailabilityPolicy.usualSwitchoverLag) by default."
            ),
            Field(
                "zones",
                \.zones,
                .list(of: .text, maximum: 2),
                "The zones of the nodes, in the order of their numbers."
            ),
        ]
    )

    /// Returns the policy; keys that mean nothing for one server are told.
    ///
    /// - Parameter isComplete: Whether a mode that is not there was not written; else it may only be unreadable, and what
    ///   follows from it is no mistake of its own.
    func policy(isComplete: Bool, collector: inout DiagnosticCollector) -> AvailabilityPolicy {
        var policy = AvailabilityPolicy()
        policy.mode = mode?.value ?? .single
        policy.replication = replication?.value ?? .async
        policy.syncFallback = syncFallback?.value ?? false
        policy.maxSwitchoverLag = maxSwitchoverLag?.value ?? policy.maxSwitchoverLag
        policy.zones = zones?.value.map(\.value) ?? []
        guard isComplete || mode != nil else { return policy }
        if policy.mode == .single {
            for range in [replication?.range, syncFallback?.range, maxSwitchoverLag?.range].compactMap(\.self) {
                collector.emitBadValue(
                    "One server has no standby that this could be about.",
                    at: range,
                    help: "write mode: dual, or leave it out"
                )
            }
        } else if let syncFallback, policy.replication == .async, isComplete || replication != nil {
            collector.emitBadValue(
                "With replication: async no commit waits for the standby.",
                at: syncFallback.range,
                help: "write replication: sync, or leave it out"
            )
        }
        return policy
    }
}

/// Parameters with which no standby could follow.
enum StandbyRequirements {
    /// A copy of the data takes two senders, the standby itself one (PostgreSQL manual, section 20.6.1).
    private static let leastSenders = 3

    static func check(_ parameters: [ParameterAssignment], of instance: String, collector: inout DiagnosticCollector) {
        for parameter in parameters {
            guard let problem = problem(with: parameter) else { continue }
            collector.emit(
                Diagnostic(
                    .badParameterValue,
                    "\(parameter.name) = \(parameter.value) leaves Instance/\(instance) without a standby: \(problem).",
                    at: parameter.range,
                    help: "leave it out, or write availability: { mode: single }"
                )
            )
        }
    }

    private static func problem(with parameter: ParameterAssignment) -> String? {
        let number = Int(parameter.value)
        switch parameter.name {
        case "wal_level" where parameter.value.lowercased() == "minimal":
            return "the log would not hold what a standby needs"
        case "max_wal_senders":
            return (number ?? leastSenders) < leastSenders ? "at least \(leastSenders) are needed" : nil
        case "max_replication_slots": return (number ?? 1) < 1 ? "at least 1 is needed" : nil
        default: return nil
        }
    }
}
