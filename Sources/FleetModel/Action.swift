package import Diagnostics

/// The smallest thing that is performed, retried and reported.
package struct Action: Codable, Hashable, Sendable, Identifiable {
    /// How it is done; one hand of the executor for each.
    package enum Operation: String, Codable, Sendable, CaseIterable {
        /// Makes an instance's folder and data.
        case provision
        /// Writes parameters and lets the server read them.
        case configure
        case start
        case restart
        /// Lets the standby take over from a primary that does not serve.
        case failover
        /// Lets the standby take over from a primary that serves, without losing anything.
        case switchover
        /// Makes, starts or repairs the standby, and lets it follow the primary.
        case attach
        /// Removes the standby.
        case detach
        /// Opens the addresses that clients use, for those who may use them, and closes the public one.
        case expose
        /// Lets the servers speak TLS, or no longer, and refuse sessions without it where they should.
        case secure
        /// Lets the servers archive their log, or no longer.
        case archive
        /// Makes a base backup.
        case backup
        /// Writes what is remembered on the instance itself, such as its tags and its protection.
        case record
        /// Sends SQL that creates or changes one object of a server.
        case statement
        /// Sends SQL that removes one object of a server.
        case remove
        /// Begins a migration, or goes on with it.
        case migrate
        /// Stops an instance and deletes its data.
        case destroy
    }

    package var id: String
    package var resource: ResourceID
    package var operation: Operation
    /// One sentence; the same in plan, progress, receipt and history.
    package var summary: String
    package var reason: Change.Reason
    package var impact: Impact
    /// Actions that must have been performed before.
    package var prerequisites: [String]
    /// The line that asks for it.
    package var source: SourceLocation?

    package init(
        id: String,
        resource: ResourceID,
        operation: Operation,
        summary: String,
        reason: Change.Reason,
        impact: Impact = .none,
        prerequisites: [String] = [],
        source: SourceLocation? = nil
    ) {
        self.id = id
        self.resource = resource
        self.operation = operation
        self.summary = summary
        self.reason = reason
        self.impact = impact
        self.prerequisites = prerequisites
        self.source = source
    }
}
