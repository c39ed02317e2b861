package import Diagnostics
import FleetModel
package import SpecSchema

/// Privileges that documents give a role in one database, before anybody has looked which objects there are.
package struct GrantRule: Sendable {
    /// The objects that a rule names.
    package enum Selection: Sendable {
        /// Objects by name.
        case named(GrantTarget.Kind, schema: String, names: [Located<String>])
        /// Columns of tables.
        case columns(schema: String, tables: [Located<String>], columns: [Located<String>])
        /// Every object of the kind that is in the schema.
        case all(GrantTarget.Kind, schema: String)
        /// What roles will make; in any schema when none is named.
        case future(GrantTarget.Kind, schema: String, creators: [Located<String>])
    }

    package var instance: Located<String>
    package var database: Located<String>
    package var grantee: Located<String>
    package var selection: Selection
    /// Names of privileges, or ALL.
    package var privileges: [Located<String>]
    /// Whether the role may pass the privileges on; nil is not compared.
    package var isGrantable: Located<Bool>?
    /// The place of the entry.
    package var range: SourceRange
    /// Whether the privileges are taken from the role, which would have them otherwise.
    package var isWithheld = false

    /// The kind of objects.
    package var kind: GrantTarget.Kind {
        switch selection {
        case .named(let kind, _, _), .all(let kind, _), .future(let kind, _, _): kind
        case .columns: .column
        }
    }

    /// The roles whose objects to come the rule is about.
    var creators: [Located<String>] {
        if case .future(_, _, let creators) = selection { creators } else { [] }
    }

    /// PUBLIC, which is every role: no role can be called `public` (PostgreSQL manual, CREATE ROLE).
    package static let everybody = "public"
    /// Where privileges that belong to no database of their own are looked at and given.
    package static let maintenanceDatabase = "postgres"
}

extension GrantRule {
    /// The privileges of a major that the rule gives, with the place that each is written at.
    func privileges(major: Int) -> [(privilege: Privilege, range: SourceRange)] {
        let possible = kind.privileges(major: major)
        return privileges.flatMap { written in
            written.value == Privilege.all
                ? possible.map { ($0, written.range) }
                : Privilege(rawValue: written.value).map { [($0, written.range)] } ?? []
        }
    }
}
