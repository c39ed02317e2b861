package import Diagnostics

/// One attribute in which observed and desired differ.
package struct Difference: Codable, Hashable, Sendable {
    /// The attribute, as in the specification: `parameters.max_connections`.
    package var path: String
    /// What the server has; nil when it has nothing or cannot be asked yet.
    package var observed: String?
    /// What the specification asks for; nil when it asks for nothing any more.
    package var desired: String?
    package var impact: Impact
    /// The line that asks for it; nil for what is put back because no line asks any more.
    package var source: SourceLocation?
    /// Whether the server has read the value already and only waits for a restart.
    package var isPendingRestart: Bool?

    package init(
        _ path: String,
        observed: String?,
        desired: String?,
        impact: Impact = .none,
        source: SourceRange? = nil
    ) {
        self.path = path
        self.observed = observed
        self.desired = desired
        self.impact = impact
        self.source = source.map(SourceLocation.init)
    }
}

/// What is to become of one resource.
package struct Change: Codable, Hashable, Sendable {
    package enum Operation: String, Codable, Sendable, CaseIterable {
        case create
        case update
        case delete
        /// No specification declares it any more; it stays and is reported.
        case retain
        case none
    }

    /// Why; for people, nothing is decided by it.
    package enum Reason: String, Codable, Sendable {
        /// It does not exist.
        case absent
        /// Its creation was begun and did not end.
        case unfinished
        /// It exists and differs.
        case differs
        /// Its server does not run.
        case stopped
        /// Its server cannot be asked before other actions are done; it is compared then.
        case unknownYet
        /// A specification says that it is to be gone.
        case undesired
        /// No specification declares it any more.
        case undeclared
        /// It exists, nobody declared it, and it is shown only because it was asked for.
        case unmanaged
    }

    package var resource: ResourceID
    package var operation: Operation
    package var reason: Reason
    package var impact: Impact
    package var source: SourceLocation?
    package var differences: [Difference]
    /// A sentence for people, such as why something is retained although pruning was asked for.
    package var note: String?

    package init(
        _ resource: ResourceID,
        _ operation: Operation,
        because reason: Reason,
        source: SourceRange? = nil,
        differences: [Difference] = [],
        impact: Impact? = nil,
        note: String? = nil
    ) {
        self.resource = resource
        self.operation = operation
        self.reason = reason
        self.source = source.flatMap { $0 == .nowhere ? nil : SourceLocation($0) }
        self.differences = differences
        self.note = note
        self.impact = impact ?? differences.map(\.impact).max() ?? .none
    }
}
