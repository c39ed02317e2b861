package import FleetModel
import SQL

/// The privileges of one database as its server reports them.
package struct ObservedGrants: ObservedObject {
    /// One privilege that a role has on an object from somebody.
    package struct Entry: Codable, Hashable, Sendable {
        package var target: GrantTarget
        @Name package var grantee: String
        package var privilege: Privilege
        package var isGrantable: Bool
        @Name package var grantor: String
        /// Whether PostgreSQL or an extension gave it by itself: PUBLIC's defaults, what an extension's script granted.
        package var isInitial: Bool
    }

    /// A role and what it has privileges on.
    package struct Place: Hashable, Comparable, Sendable {
        package var target: GrantTarget
        @Name package var grantee: String

        package init(target: GrantTarget, grantee: String) {
            self.target = target
            self.grantee = grantee
        }

        package static func < (left: Place, right: Place) -> Bool {
            left._grantee == right._grantee ? left.target < right.target : left._grantee < right._grantee
        }
    }

    /// The owners of the objects there are.
    package private(set) var owners: [GrantTarget: String] = [:]
    /// The arguments of routines as GRANT must name them, with their modes, where these are not only types.
    private(set) var signatures: [GrantTarget: String] = [:]
    /// The owners' own privileges are left out: they are theirs by being owners.
    package private(set) var entries: [Place: [Entry]] = [:]

    /// What everybody has by default and somebody has taken from everybody.
    package private(set) var withheld: [Place: Set<Privilege>] = [:]

    /// Whether a schema is PostgreSQL's own, of which objects are only listed when there is a reason.
    static func isOwnSchema(_ name: String) -> Bool { name.hasPrefix("pg_") || name == "information_schema" }
    static let systemColumns: Set = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]

    init(_ rows: [Row]) {
        for row in rows {
            guard let kind = GrantTarget.Kind(rawValue: row.text("kind")) else { continue }
            let target = GrantTarget(
                kind,
                schema: row.text("schema"),
                name: row.text("name"),
                detail: row.text("detail")
            )
            owners[target] = row.text("owner")
            if kind == .routine { signatures[target] = row.text("signature") }
            guard let privilege = row["privilege"].flatMap(Privilege.init), let grantee = row["grantee"] else {
                continue
            }
            if row.isTrue("is_withheld") {
                withheld[Place(target: target, grantee: grantee), default: []].insert(privilege)
                continue
            }
            let entry = Entry(
                target: target,
                grantee: grantee,
                privilege: privilege,
                isGrantable: row.isTrue("is_grantable"),
                grantor: row.text("grantor"),
                isInitial: row.isTrue("is_initial")
            )
            entries[Place(target: target, grantee: grantee), default: []].append(entry)
        }
    }

    /// Looks ahead to an owner that a document gives a database or a schema: what the one before could do goes to the new one
    /// (PostgreSQL manual, ALTER DATABASE and ALTER SCHEMA), so that a role which was the owner has nothing by itself.
    mutating func foresee(owner: String, of id: ResourceID, in database: String) {
        let target: GrantTarget
        switch id.kind {
        case Database.kind where id.name == database: target = GrantTarget(.database, name: database)
        case Schema.kind where id.path.count > 2 && id.path[1] == database: target = GrantTarget(.schema, name: id.name)
        default: return
        }
        guard let before = owners[target], !before.isSameName(as: owner) else { return }
        owners[target] = owner
        entries[Place(target: target, grantee: owner)] = nil
        for place in entries.keys where place.target == target {
            entries[place] = entries[place]?
                .map { entry in
                    var entry = entry
                    if entry.grantor.isSameName(as: before) { entry.grantor = owner }
                    return entry
                }
        }
    }

    /// Whether a role owns the object, or will own it as its creator.
    func isOwner(_ place: Place) -> Bool {
        place.grantee.isSameName(as: place.target.kind.isFuture ? place.target.name : owners[place.target])
    }

    /// Whether everybody has the privilege on what a role will make although no default privileges are set: routines and
    /// types are everybody's unless somebody says otherwise (PostgreSQL manual, table 5.2).
    func isByDefault(_ privilege: Privilege, _ place: Place) -> Bool {
        guard place.grantee == GrantRule.everybody, place.target.schema.isEmpty, owners[place.target] == nil else {
            return false
        }
        return place.target.kind == .futureRoutine && privilege == .execute
            || place.target.kind == .futureType && privilege == .usage
    }

    /// Only what roles have, in an order of its own: which objects there are moves with every application.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let texts = entries.values.joined().filter { !$0.isInitial }
            .map { "\($0.grantee) \($0.target) \($0.privilege.rawValue) \($0.isGrantable) \($0.grantor)" }
        try container.encode(texts.sorted())
    }
}

extension ObservedGrants.Place: CustomStringConvertible {
    /// `app: table public.orders`
    package var description: String { "\(grantee): \(target)" }
}
