package import FleetModel
package import SpecSchema

/// `logs` as written.
package struct LogsSpec: Sendable {
    package var maxSize: Located<ByteCount>?
    package var keep: Located<String>?

    static let schema = ObjectSchema<LogsSpec>(
        "logs",
        "How much of the server's log is kept.",
        make: { _ in LogsSpec() },
        fields: [
            Field(
                "maxSize",
                \.maxSize,
                .size(.mebibytes(1)...ByteCount(bytes: 1 << 40)),
                "How large a log becomes before a new one is begun; 100MiB by default."
            ),
            Field("keep", \.keep, .retention, "How long a log is kept that is not written any more; 7d by default."),
        ]
    )

    /// What is meant, with the defaults for what is not written.
    var policy: LogPolicy {
        var policy = LogPolicy()
        if let maxSize { policy.maxSize = maxSize.value }
        if let keep { policy.keep = keep.value }
        return policy
    }
}
