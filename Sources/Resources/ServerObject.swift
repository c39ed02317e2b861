package import Diagnostics
package import FleetModel
package import SQL
package import SpecSchema

/// Where in a server an object lives, and so which session sees it.
package enum ObjectScope: Sendable {
    /// In the server as a whole: any session sees it.
    case server
    /// In one database.
    case database
}

/// What an observation asks for.
package struct ObservationRequest: Sendable {
    /// Only the object with this name; nil for all of the kind.
    package var name: String?
    /// Whether the session may read `pg_authid`, where password verifiers are.
    package var readsVerifiers: Bool
    /// Large objects to look for, by number; a database may have millions of others.
    package var largeObjects: [Int]
    /// Routines and types to look for, as `schema.name`, and columns by their names, that are not listed by themselves: those
    /// of PostgreSQL's own schemas, the rows of tables, system columns.
    package var routines: Set<String> = []
    package var types: Set<String> = []
    package var columns: Set<String> = []

    package init(name: String? = nil, readsVerifiers: Bool = true, largeObjects: [Int] = []) {
        self.name = name
        self.readsVerifiers = readsVerifiers
        self.largeObjects = largeObjects
    }
}

/// A resource that lives inside a server and is made and changed by SQL: an account, a database, a schema.
///
/// A kind of such a resource is one folder beside this file and one line in ``ResourceCatalog``. It says what it is
/// called, how its observed form is asked for, how the two differ, and which statements take one to the other. All of
/// it is values; the planner compares and the executor sends without knowing any kind.
package protocol ServerObject: Sendable {
    associatedtype Observed: ObservedObject

    static var kind: String { get }
    static var scope: ObjectScope { get }
    /// What `Observed` is read from: one query, sent in the object's database or, for a whole server, in any.
    static func observation(_ request: ObservationRequest) -> Statement
    /// Returns the observed objects by name.
    static func observed(from rows: [Row]) -> [Name: Observed]
    /// Returns the name of the resource that an observed object is.
    static func id(of name: String, in database: String, on instance: String) -> ResourceID
    /// Whether every server has an object by this name, so that nobody is told that nobody declared it.
    static func isPartOfEveryServer(_ name: String) -> Bool
    /// Returns an object of which nothing is desired, for one that was applied and that no document mentions any more;
    /// nil for kinds whose objects are then retained.
    static func emptied(_ id: ResourceID) -> Self?
    /// Returns what removes an object, step by step; each step may be repeated.
    static func removal(of id: ResourceID, observed: Observed, policy: RemovalPolicy) -> [StatementBatch]

    /// Returns why an object cannot be removed in this way, in a full sentence; nil when it can.
    ///
    /// - Parameter leaving: Databases that are gone by then.
    static func removalObstacle(_ observed: Observed, policy: RemovalPolicy, leaving: Set<Name>) -> String?
    /// What such an obstacle is told as.
    static var removalCode: DiagnosticCode { get }
    /// What to do about it.
    static func removalHelp(_ policy: RemovalPolicy) -> String?
    /// What the removal does to those who use the server.
    static var removalImpact: Impact { get }
    /// Whether such an object may have privileges, which are taken from it before it is removed.
    static var holdsPrivileges: Bool { get }
    /// What people call an object: `account app on orders`, `schema app in shop on orders`.
    static func phrase(of id: ResourceID) -> String
    /// What its removal takes from an instance, in words; nil when there is nothing to say.
    static func removalNote(_ observed: Observed, policy: RemovalPolicy) -> String?

    /// `Account/orders/app`
    var id: ResourceID { get }
    /// The line that declares it.
    var range: SourceRange { get }
    var deletionPolicy: DeletionPolicy { get }
    /// Whether the object is declared in order to be removed, and how.
    var removalPolicy: RemovalPolicy? { get }
    /// Resources that must be there before this one, with the line that names each.
    var references: [Located<ResourceID>] { get }
    /// Roles that must be on the server, or be made by the same plan, with the line that names each.
    var roles: [Located<String>] { get }
    /// Resources that go first when they are declared as well, and may be missing from the specifications otherwise.
    var predecessors: [ResourceID] { get }
    /// The secrets that a comparison or a change needs.
    var secrets: [Located<SecretReference>] { get }
    /// The object as a document of its own, complete, but for `apiVersion`; nil for one that documents only add to.
    var document: JSONValue? { get }
    /// What the object is declared with, by the attributes that differences name.
    var declaration: [String: JSONValue] { get }

    /// Adds to a request what an observation must look for because of this object.
    func refine(_ request: inout ObservationRequest)
    /// Returns the object under the rules of its instance: names, versions, parameters; mistakes go to the collector.
    func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> Self
    /// Returns the lists that the instance is to remember before the object is changed, so that a run that is killed
    /// leaves nothing behind that is nobody's.
    func intended(on observed: Observed?) -> [String: [String]]
    /// Returns what the instance is to remember of the object once it is as desired.
    func applied(on observed: Observed) -> AppliedObject
    /// Returns the attributes in which the object differs, all that are desired when there is no such object yet.
    func differences(from observed: Observed?, context: ObjectContext) -> [Difference]
    /// Returns what somebody should know who plans the object as it is.
    func warnings(on observed: Observed?, context: ObjectContext) -> [Diagnostic]
    /// Returns what the object has that nobody declared.
    func unmanaged(on observed: Observed, context: ObjectContext) -> [Difference]
    /// Returns what makes the object, step by step; when it ends half-way, an update does the rest.
    func creation(context: ObjectContext) -> [StatementBatch]
    /// Returns what takes the observed object to this one.
    func update(from observed: Observed, context: ObjectContext) -> StatementBatch
}

extension ServerObject {
    package static func isPartOfEveryServer(_ name: String) -> Bool { false }
    package static func emptied(_ id: ResourceID) -> Self? { nil }
    package static func removalObstacle(_ observed: Observed, policy: RemovalPolicy, leaving: Set<Name>) -> String? {
        nil
    }

    package static var removalCode: DiagnosticCode { .heldObject }
    package static func removalHelp(_ policy: RemovalPolicy) -> String? { nil }
    package static var removalImpact: Impact { .none }
    package static var holdsPrivileges: Bool { false }

    package static func phrase(of id: ResourceID) -> String {
        let place = id.path.count > 2 ? " in \(id.path[1])" : ""
        return "\(kind.lowercased()) \(id.name)\(place) on \(id.instance)"
    }

    package static func removalNote(_ observed: Observed, policy: RemovalPolicy) -> String? { nil }

    package static func id(of name: String, in database: String, on instance: String) -> ResourceID {
        switch scope {
        case .server: ResourceID(kind, instance, name)
        case .database: ResourceID(kind, instance, database, name)
        }
    }

    package var removalPolicy: RemovalPolicy? { nil }
    package var roles: [Located<String>] { [] }
    package var predecessors: [ResourceID] { [] }
    package var secrets: [Located<SecretReference>] { [] }
    package var instance: String { id.instance }
    package var name: String { id.name }
    /// The database that a session must be in to see the object; nil for any.
    package var database: String? { Self.database(of: id) }

    /// The database that the object with this name lives in; nil for one of the server as a whole.
    package static func database(of id: ResourceID) -> String? {
        scope == .database && id.path.count > 1 ? id.path[1] : nil
    }

    package func refine(_ request: inout ObservationRequest) {}
    package func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> Self { self }
    package func warnings(on observed: Observed?, context: ObjectContext) -> [Diagnostic] { [] }
    package func unmanaged(on observed: Observed, context: ObjectContext) -> [Difference] { [] }
    package func intended(on observed: Observed?) -> [String: [String]] { [:] }
    package func applied(on observed: Observed) -> AppliedObject { AppliedObject(deletionPolicy: deletionPolicy) }
}

/// What a server reports of one object.
package protocol ObservedObject: Encodable, Hashable, Sendable {}

/// What a comparison may look at besides the two sides.
package struct ObjectContext: Sendable {
    /// What pgsteer last applied to the object; nil when it never did.
    package var applied: AppliedObject?
    /// What it last applied to all objects of the server, by the texts of their names.
    package var record: [String: AppliedObject]
    /// The values of the secrets that the specification refers to.
    package var secrets: [SecretReference: Secret]
    /// Seconds since 1970-01-01T00:00:00Z.
    package var now: Int
    /// How many iterations the server asks new password verifiers to have; nil for PostgreSQL's own default.
    package var iterations: Int?
    /// Who is to own databases and schemas, where documents say so.
    package var owners: [ResourceID: String] = [:]
    /// Accounts that no document declares any more and that the plan removes.
    package var leaving: Set<Name> = []
    /// How many the specification wants the server to ask, which it may not know yet; nil where it says nothing.
    package var wantedIterations: Int?
    /// Whether the session that makes changes may do everything.
    package var isSuperuser = true

    package init(
        applied: AppliedObject? = nil,
        record: [String: AppliedObject] = [:],
        secrets: [SecretReference: Secret] = [:],
        now: Int = 0,
        iterations: Int? = nil,
        wantedIterations: Int? = nil
    ) {
        self.applied = applied
        self.record = record
        self.secrets = secrets
        self.now = now
        self.iterations = iterations
        self.wantedIterations = wantedIterations
    }
}

extension ObjectContext {
    /// Returns who is to own databases and schemas; those that documents leave as they are, are left out.
    package static func owners(among objects: [any ServerObject]) -> [ResourceID: String] {
        objects.reduce(into: [:]) { owners, object in
            owners[object.id] = (object as? Database)?.owner?.value ?? (object as? Schema)?.owner?.value
        }
    }
}

/// Statements about one thing.
package struct StatementPart: Sendable, Hashable {
    /// What they are about, in words: `app: table public.orders`; empty where the resource says it.
    package var subject: String
    /// The line that asks for it.
    package var source: SourceLocation?
    package var statements: [Statement]

    package init(_ statements: [Statement], about subject: String = "", source: SourceLocation? = nil) {
        self.statements = statements
        self.subject = subject
        self.source = source
    }
}

/// Statements that belong together.
package struct StatementBatch: Sendable, Hashable {
    /// Of several parts, each may be refused for itself, and the others are done all the same.
    package var parts: [StatementPart]
    /// Whether all of them happen or none. PostgreSQL runs a few commands, such as CREATE DATABASE, only alone.
    package var isAtomic: Bool
    /// The database to send them in; nil for the object's own.
    package var database: String?
    /// The roles whose rights they need: who owns what they change, and who is to own it. A session that is no superuser's
    /// lends itself these, where all statements are one transaction.
    package var actors: Set<Name>

    package init(
        _ statements: [Statement],
        isAtomic: Bool = true,
        database: String? = nil,
        actors: Set<Name> = []
    ) {
        parts = [StatementPart(statements)]
        self.isAtomic = isAtomic
        self.database = database
        self.actors = actors
    }

    package init(parts: [StatementPart], actors: Set<Name>) {
        self.parts = parts
        self.actors = actors
        isAtomic = true
    }

    package var statements: [Statement] { parts.flatMap(\.statements) }
}
