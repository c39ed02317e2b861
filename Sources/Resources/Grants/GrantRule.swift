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
    static let maintenanceDatabase = "postgres"
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

    /// Tells privileges that there are not for the objects.
    func check(major: Int, collector: inout DiagnosticCollector) {
        if kind == .futureLargeObject, major < 18 {
            collector.emitBadValue("Large objects have default privileges from PostgreSQL 18 on.", at: range)
        }
        if case .named(.largeObject, _, let names) = selection {
            for name in names where UInt32(name.value) == nil {
                collector.emitBadValue("A large object has a number; \"\(name.value)\" is none.", at: name.range)
            }
        }
        let possible = kind.privileges(major: major).map(\.rawValue)
        for written in privileges where written.value != Privilege.all {
            guard !possible.contains(written.value) else { continue }
            collector.emitBadValue(
                "There is no privilege \(written.value) on a \(kind.words)\(written.value == "MAINTAIN" ? " before PostgreSQL 17" : "").",
                at: written.range,
                help: "there are \(possible.joined(separator: ", "))\(remedy(for: written.value, major: major))"
            )
        }
    }

    /// What to write when a privilege was meant for what is in a database or schema, not for itself.
    private func remedy(for privilege: String, major: Int) -> String {
        guard [.database, .schema].contains(kind) else { return "" }
        let inside: [(key: String, kind: GrantTarget.Kind)] = [
            ("tables", .table), ("sequences", .sequence), ("routines", .routine),
        ]
        let key = inside.first { $0.kind.privileges(major: major).contains { $0.rawValue == privilege } }?.key
        return key.map { "; for \(privilege) on \($0), the entry needs a schema and \($0): all, or their names" } ?? ""
    }
}
