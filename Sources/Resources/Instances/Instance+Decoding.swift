package import Diagnostics
import FleetModel
package import SpecSchema

/// An instance as declared, before the fleet's defaults and its template are applied.
package struct InstanceDeclaration: Sendable {
    package var name: String
    /// The place of the name.
    package var range: SourceRange
    package var metadata: Metadata
    package var spec: InstanceSpec
}

extension Instance: DocumentKind {
    package static let kind = "Instance"
    package static let summary = "A PostgreSQL instance with its databases, accounts, parameters, network and backup."
    package static var shape: ObjectShape { InstanceSpec.schema.shape }

    package static func declare(
        _ document: Document,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        guard
            let spec = document.decode(InstanceSpec.schema, collector: &collector),
            let name = document.metadata.name
        else { return }
        if let connection = spec.connection, let count = spec.count {
            collector.emitBadValue(
                "A connection leads to one server; count makes several instances.",
                at: count.range,
                help: "leave count out, or connection (line \(connection.range.line))"
            )
        }
        for instanceName in names(for: name, count: spec.count, collector: &collector) {
            let declaration = InstanceDeclaration(
                name: instanceName,
                range: name.range,
                metadata: document.metadata,
                spec: spec
            )
            draft.add(declaration, collector: &collector)
            addInline(spec, instance: Located(instanceName, at: name.range), to: &draft, collector: &collector)
        }
    }

    /// With a count there are NAME-1 to NAME-N, also for a count of 1, so that raising it renames nothing.
    private static func names(
        for name: Located<String>,
        count: Located<Int>?,
        collector: inout DiagnosticCollector
    ) -> [String] {
        guard let count else { return [name.value] }
        let names = (1...count.value).map { "\(name.value)-\($0)" }
        if let longest = names.last, longest.count > 60 {
            collector.emitBadValue(
                "The name \(longest) would have \(longest.count) characters; 60 are allowed.",
                at: name.range
            )
            return []
        }
        return names
    }

    private static func addInline(
        _ spec: InstanceSpec,
        instance: Located<String>,
        to draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        if let admin = spec.admin, let account = Account(admin: admin.value, instance: instance) {
            draft.add(account)
        }
        for account in spec.accounts?.value ?? [] {
            draft.add(account.value, instance: instance, collector: &collector)
        }
        for database in spec.databases?.value ?? [] { draft.add(database.value, instance: instance) }
    }
}

extension Account {
    /// The account of `spec.admin`: it makes databases and roles, and reads statistics and settings; no superuser.
    fileprivate init?(admin: AdminSpec, instance: Located<String>) {
        guard let name = admin.name else { return nil }
        var spec = AccountSpec(range: name.range)
        spec.name = name
        spec.passwordFrom = admin.passwordFrom
        spec.login = Located(true, at: name.range)
        spec.createdb = Located(true, at: name.range)
        spec.createrole = Located(true, at: name.range)
        let roles = ["pg_monitor", "pg_signal_backend"]
            .map { Located(MembershipSpec(role: Located($0, at: name.range)), at: name.range) }
        spec.memberships = Located(roles, at: name.range)
        self.init(spec, instance: instance)
    }
}
