import Diagnostics
import FleetModel
import SpecSchema

/// A ReadOnlyGroup document's `spec` as written.
struct ReadOnlyGroupSpec: Sendable {
    var instance: Located<String>?
    var replicas: Located<Int>?
    var weights: Located<[Located<Int>]>?
    var maxReplayLag: Located<ReplayLagSpec>?
    var keepAtLeast: Located<Int>?

    /// How many replicas a group may have. Each takes a replication slot and a sender of its primary, of which
    /// PostgreSQL has 10 by default.
    static let replicaLimit = 6

    static let schema = ObjectSchema<ReadOnlyGroupSpec>(
        "ReadOnlyGroup",
        ReadOnlyGroup.summary,
        make: { _ in ReadOnlyGroupSpec() },
        fields: [
            Field("instance", \.instance, Rules.instanceName, required: true, "The instance whose data is read."),
            Field("replicas", \.replicas, .integer(1...replicaLimit), "How many replicas serve; 1 by default."),
            Field(
                "weights",
                \.weights,
                .list(of: .integer(1...256), maximum: replicaLimit),
                "One for each replica: one of 2 gets twice the sessions of one of 1. All have 1 by default."
            ),
            Field(
                "maxReplayLag",
                \.maxReplayLag,
                .object(ReplayLagSpec.schema),
                "How far a replica may be behind and still get sessions; any distance by default."
            ),
            Field(
                "keepAtLeast",
                \.keepAtLeast,
                .integer(0...replicaLimit),
                "How many replicas stay in service however far they are behind; 1 by default."
            ),
        ]
    )

    /// Returns the policy; what does not fit together is told.
    func policy(collector: inout DiagnosticCollector) -> ReadOnlyGroupPolicy {
        let count = replicas?.value ?? weights?.value.count ?? 1
        var values = weights?.value.map(\.value) ?? []
        if let weights, let replicas, weights.value.count != replicas.value {
            collector.emitBadValue(
                "The group has \(replicas.value) replicas and \(weights.value.count) weights.",
                at: weights.range,
                help: "write one weight for each replica, or leave replicas or weights out"
            )
        }
        values = Array((values + Array(repeating: 1, count: max(1, count))).prefix(max(1, count)))
        if let keepAtLeast, keepAtLeast.value > values.count {
            collector.emitBadValue(
                "The group cannot keep \(keepAtLeast.value) replicas in service; it has \(values.count).",
                at: keepAtLeast.range
            )
        }
        return ReadOnlyGroupPolicy(
            weights: values,
            maxLagSeconds: maxReplayLag?.value.time?.value,
            maxLagBytes: maxReplayLag?.value.size?.value.bytes,
            keepAtLeast: keepAtLeast?.value ?? 1
        )
    }
}

/// `maxReplayLag` as written.
struct ReplayLagSpec: Sendable {
    var time: Located<Int>?
    var size: Located<ByteCount>?

    static let schema = ObjectSchema<ReplayLagSpec>(
        "replay lag",
        "How far a replica may be behind its primary and still get sessions.",
        make: { _ in ReplayLagSpec() },
        fields: [
            Field("time", \.time, .seconds, "By the age of the newest commit that it has replayed: 30s, 5m, 1h."),
            Field(
                "size",
                \.size,
                .size(ByteCount(bytes: 1)...ByteCount(bytes: 1 << 40)),
                "By bytes of the primary's write-ahead log that it has not replayed."
            ),
        ]
    )
}
