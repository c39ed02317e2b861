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
    package var deletionPolicy: DeletionPolicy
    /// The line that names the instance, for a database in its own document.
    package var instanceRange: SourceRange

    package var references: [Located<ResourceID>] {
        let owner = owner.map { $0.map { ResourceID(Account.kind, id.instance, $0) } }
        return [Located(.instance(id.instance), at: instanceRange)] + [owner].compactMap(\.self)
    }

    package var secrets: [Located<SecretReference>] { [] }
    package var applied: AppliedObject { AppliedObject(deletionPolicy: deletionPolicy) }
}
