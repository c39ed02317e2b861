package import Diagnostics
package import FleetModel
package import SpecSchema

/// A database of an instance. An attribute that is nil is not compared.
package struct Database: Sendable {
    package var id: ResourceID
    package var range: SourceRange
    package var owner: Located<String>?
    package var remark: Located<String>?
    package var connectionLimit: Located<Int>?
    /// What sessions in it start with.
    package var settings: SessionSettings?
    package var deletionPolicy: DeletionPolicy
    /// The line that names the instance, for a database in its own document.
    package var instanceRange: SourceRange

    package var references: [Located<ResourceID>] {
        let owner = owner.map { $0.map { ResourceID(Account.kind, id.instance, $0) } }
        return [Located(.instance(id.instance), at: instanceRange)] + [owner].compactMap(\.self)
    }

    package var roles: [Located<String>] { [owner].compactMap(\.self) }

    package func intended(on observed: ObservedDatabase?) -> [String: [String]] {
        settings.map { ["settings": $0.names] } ?? [:]
    }

    package func applied(on observed: ObservedDatabase) -> AppliedObject {
        AppliedObject(deletionPolicy: deletionPolicy, lists: intended(on: observed))
    }

    package func adapted(to instance: Instance, collector: inout DiagnosticCollector) -> Database {
        settings?.check(major: instance.version.value, collector: &collector)
        var database = self
        database.owner = owner?.asAccount(of: instance)
        return database
    }
}

extension Located where Value == String {
    /// The name of an account as the instance has it: in lower case where pgsteer made the server.
    func asAccount(of instance: Instance) -> Located<String> {
        instance.connection == nil ? map { $0.lowercased() } : self
    }
}
