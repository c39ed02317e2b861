package import Backups
package import FleetModel
package import PostgresClient

/// Where instances live. It answers two questions: what is there, and do this.
///
/// `observe` never changes anything. `perform` may be repeated: what is already done is success. An implementation
/// that keeps instances on other machines needs every requirement; one that only simulates them can answer
/// `administration` with any server it has.
package protocol InstanceProvider: Sendable {
    /// Returns every instance that the provider keeps, by name, without changing anything.
    func observe() async throws -> [String: InstanceObservation]

    /// Returns one instance; nil when there is none by the name.
    func observe(_ name: String) async throws -> InstanceObservation?

    /// Brings one instance to where the operation says; success when it is there already.
    func perform(_ operation: ProviderOperation, on name: String) async throws -> ProviderOutcome

    /// Returns where to connect as the one who may do most; the server must run.
    ///
    /// - Parameter node: The number of a node; nil for the primary.
    func administration(of name: String, node: Int?) async throws -> ConnectionTarget

    /// Returns what is kept of all instances, also of those that are gone.
    func archives() async throws -> [ObservedArchive]
}

extension InstanceProvider {
    /// Nothing, for a provider that keeps no backups.
    package func archives() async throws -> [ObservedArchive] { [] }
}

/// What a provider is asked to do with one instance.
package enum ProviderOperation: Sendable {
    /// Makes the instance's data; the server does not run yet.
    case provision(InstanceBlueprint)
    /// Writes parameters, and lets a running server read them.
    case configure(ParameterValues)
    /// Makes the instance serve: starts its primary, or lets the standby take over from one that does not serve.
    case start
    /// Stops and starts the servers; refused before anything stops when a checkpoint takes longer than the limit.
    case restart(checkpointLimit: Duration)
    /// Lets the standby take over from a primary that serves, without losing anything; refused before anything stops
    /// when the standby is too far behind.
    case switchover(checkpointLimit: Duration)
    /// Makes, starts or repairs the standby until it follows the primary.
    case attach
    /// Removes the standby.
    case detach
    /// Makes, starts or repairs the replicas of a read-only group until they follow the primary, removes those that are
    /// too many, and opens the group's endpoint.
    case attachGroup(_ name: String, ReadOnlyGroupPolicy)
    /// Removes a read-only group with its replicas.
    case detachGroup(_ name: String)
    /// Opens the addresses that clients use, for those who may use them, and closes what is not to be open any more.
    case expose(Exposure)
    /// Begins logs anew that have become too large, and removes those that have been kept for long enough.
    case tendLogs
    /// Lets the servers speak TLS, or no longer, and refuse sessions without it where they should.
    case secure(TLSRequest)
    /// Lets the servers archive their log as the instance's record says.
    case archive
    /// Makes a base backup.
    case backup
    /// Remembers facts on the instance itself.
    case record(OwnershipRecord)
    /// Stops the server, closes the address and deletes the data.
    case destroy
}

/// Parameters as they are written for a server.
package struct ParameterValues: Sendable {
    /// All that are desired, for a provider that writes them as a whole.
    package var desired: [String: String]
    /// Those that differ on the server, for a provider that writes them one by one; nil for one that is put back.
    package var changed: [String: String?]

    package init(desired: [String: String], changed: [String: String?]) {
        self.desired = desired
        self.changed = changed
    }
}

/// What a new instance is made from.
package struct InstanceBlueprint: Sendable {
    package var major: Int
    /// `UTF8` or `LATIN1`
    package var charset: String
    package var parameters: [String: String]
    package var record: OwnershipRecord
    /// Where its data comes from; nil for one that begins empty.
    package var origin: InstanceOrigin?

    package init(
        major: Int,
        charset: String,
        parameters: [String: String],
        record: OwnershipRecord,
        origin: InstanceOrigin? = nil
    ) {
        self.origin = origin
        self.major = major
        self.charset = charset
        self.parameters = parameters
        self.record = record
    }
}

/// Whether an operation had anything to do.
package enum ProviderOutcome: Sendable {
    case performed
    case alreadyDone
}
