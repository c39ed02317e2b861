package import Diagnostics
package import FleetModel
package import SpecSchema

/// A role that people or programs log in as.
///
/// An attribute that is nil is not compared: whoever set it keeps it.
package struct Account: Sendable {
    package var id: ResourceID
    package var range: SourceRange
    package var password: Located<SecretReference>?
    package var remark: Located<String>?
    package var login: Located<Bool>?
    package var connectionLimit: Located<Int>?
    package var validUntil: Located<Expiry>?
    /// The roles it is a member of.
    package var memberships: [Located<String>]?
    package var createdb: Located<Bool>?
    package var createrole: Located<Bool>?
    package var deletionPolicy: DeletionPolicy
    /// The line that names the instance, for an account in its own document.
    package var instanceRange: SourceRange
}

extension Account {
    package var references: [Located<ResourceID>] { [Located(.instance(id.instance), at: instanceRange)] }

    /// The roles it is a member of are made before it, those among them that are declared.
    package var predecessors: [ResourceID] {
        (memberships ?? []).map { ResourceID(Self.kind, id.instance, $0.value) }
    }

    package var secrets: [Located<SecretReference>] { [password].compactMap(\.self) }

    package var applied: AppliedObject {
        AppliedObject(
            deletionPolicy: deletionPolicy,
            lists: memberships.map { ["memberships": $0.map(\.value).sorted()] } ?? [:]
        )
    }
}
