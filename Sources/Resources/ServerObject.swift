package import Diagnostics
package import FleetModel
package import SQL
package import SpecSchema

/// A resource that lives inside a server and is made and changed by SQL: an account, a database.
///
/// A kind of such a resource is one folder beside this file and one line in ``ResourceCatalog``. It says what it is
/// called, how its observed form is asked for, how the two differ, and which statements take one to the other. All of
/// it is values; the planner compares and the executor sends without knowing any kind.
package protocol ServerObject: Sendable {
    associatedtype Observed: ObservedObject

    static var kind: String { get }
    /// What `Observed` is read from; one query for all objects of the kind, sent to the instance's first database.
    static var observation: Statement { get }
    /// Returns the observed objects by name.
    static func observed(from rows: [Row]) -> [String: Observed]
    /// Returns what removes an object.
    static func removal(of name: String, observed: Observed) -> StatementBatch

    /// `Account/orders/app`
    var id: ResourceID { get }
    /// The line that declares it.
    var range: SourceRange { get }
    var deletionPolicy: DeletionPolicy { get }
    /// Resources that must be there before this one, with the line that names each.
    var references: [Located<ResourceID>] { get }
    /// Resources that go first when they are declared as well, and may be missing from the specifications otherwise.
    var predecessors: [ResourceID] { get }
    /// The secrets that a comparison or a change needs.
    var secrets: [Located<SecretReference>] { get }
    /// The object as a document of its own, complete, but for `apiVersion`.
    var document: JSONValue { get }
    /// What the instance remembers of it.
    var applied: AppliedObject { get }

    /// Returns the attributes in which the object differs; empty when nothing is to be done.
    func differences(from observed: Observed, context: ObjectContext) -> [Difference]
    /// Returns what makes the object.
    func creation(context: ObjectContext) -> StatementBatch
    /// Returns what takes the observed object to this one.
    func update(from observed: Observed, context: ObjectContext) -> StatementBatch
}

extension ServerObject {
    package var predecessors: [ResourceID] { [] }
    package var instance: String { id.instance }
    package var name: String { id.name }
}

/// What a server reports of one object.
package protocol ObservedObject: Codable, Hashable, Sendable {}

/// What a comparison may look at besides the two sides.
package struct ObjectContext: Sendable {
    /// What pgsteer last applied to the object; nil when it never did.
    package var applied: AppliedObject?
    /// The values of the secrets that the specification refers to.
    package var secrets: [SecretReference: Secret]

    package init(applied: AppliedObject? = nil, secrets: [SecretReference: Secret] = [:]) {
        self.applied = applied
        self.secrets = secrets
    }
}

/// Statements that belong together.
package struct StatementBatch: Sendable, Hashable {
    package var statements: [Statement]
    /// Whether all of them happen or none. PostgreSQL runs a few commands, such as CREATE DATABASE, only alone.
    package var isAtomic: Bool

    package init(_ statements: [Statement], isAtomic: Bool = true) {
        self.statements = statements
        self.isAtomic = isAtomic
    }
}
