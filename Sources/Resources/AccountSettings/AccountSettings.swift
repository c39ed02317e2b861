package import Diagnostics
package import FleetModel
package import SQL
package import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the sessions of an account in one database start with: `AccountSettings/orders/shop/app`.
///
/// A resource of its own, because it can be set only when there are both the account and the database, and the database
/// may belong to the account. It is written under the account, as `databaseSettings`.
package struct AccountSettings: Sendable {
    package var id: ResourceID
    package var range: SourceRange
    package var settings: SessionSettings

    package var deletionPolicy: DeletionPolicy { .delete }
    private var databaseName: String { id.path[1] }

    package var references: [Located<ResourceID>] {
        let account = ResourceID(Account.kind, id.instance, name)
        let database = ResourceID(Database.kind, id.instance, databaseName)
        return [Located(account, at: range)]
            + (Database.isPartOfEveryServer(databaseName) ? [] : [Located(database, at: range)])
    }

    /// It is a part of its account's document.
    package var document: JSONValue? { nil }
    package var declaration: [String: JSONValue] { ["settings": settings.document] }

    package static func emptied(_ id: ResourceID) -> AccountSettings? {
        guard id.path.count == 3 else { return nil }
        return AccountSettings(id: id, range: .nowhere, settings: SessionSettings([]))
    }

    package func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> AccountSettings {
        settings.check(major: instance.version.value, collector: &collector)
        var adapted = self
        let account = Located(name, at: range).asAccount(of: instance).value
        adapted.id = ResourceID(Self.kind, id.instance, databaseName, account)
        return adapted
    }
}

/// What a server reports that sessions of a role in a database start with.
package struct ObservedAccountSettings: ObservedObject {
    package var settings: [String: String]
}

extension AccountSettings: ServerObject {
    package static let kind = "AccountSettings"
    package static let scope = ObjectScope.server

    package static func phrase(of id: ResourceID) -> String {
        "settings of \(id.name) in \(id.path[1]) on \(id.instance)"
    }

    package static func observation(_ request: ObservationRequest) -> Statement {
        let chosen: Statement = request.name.map { " WHERE r.rolname = \(literal: $0)" } ?? ""
        return """
            SELECT json_build_array(d.datname, r.rolname) AS name, to_json(s.setconfig) AS settings
            FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase\(chosen)
            """
    }

    package static func observed(from rows: [Row]) -> [Name: ObservedAccountSettings] {
        let pairs = rows.map {
            (Name($0.text("name")), ObservedAccountSettings(settings: SessionSettings.observed($0)))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    package static func id(of name: String, in database: String, on instance: String) -> ResourceID {
        let parts = (try? JSONDecoder().decode([String].self, from: Data(name.utf8))) ?? []
        return ResourceID(kind, instance, parts.first ?? "", parts.last ?? "")
    }

    package func intended(on observed: ObservedAccountSettings?) -> [String: [String]] {
        ["settings": settings.names]
    }

    package func applied(on observed: ObservedAccountSettings) -> AppliedObject {
        AppliedObject(deletionPolicy: deletionPolicy, lists: intended(on: observed))
    }

    package func differences(from observed: ObservedAccountSettings?, context: ObjectContext) -> [Difference] {
        SessionSettings.differences(
            "settings",
            observed: observed?.settings ?? [:],
            desired: settings,
            applied: context.applied?.lists["settings"] ?? []
        )
    }

    package func creation(context: ObjectContext) -> [StatementBatch] {
        [statements(for: differences(from: nil, context: context))]
    }

    package func update(from observed: ObservedAccountSettings, context: ObjectContext) -> StatementBatch {
        statements(for: differences(from: observed, context: context))
    }

    package static func removal(
        of id: ResourceID,
        observed: ObservedAccountSettings,
        policy: RemovalPolicy
    ) -> [StatementBatch] {
        [StatementBatch(["ALTER ROLE \(identifier: id.name) IN DATABASE \(identifier: id.path[1]) RESET ALL"])]
    }

    private func statements(for differences: [Difference]) -> StatementBatch {
        StatementBatch(
            SessionSettings.statements(
                "settings",
                for: differences,
                subject: "ALTER ROLE \(identifier: name) IN DATABASE \(identifier: databaseName)"
            )
        )
    }
}
