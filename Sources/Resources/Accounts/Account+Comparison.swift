import Diagnostics
package import FleetModel
package import SQL
import SpecSchema

extension Account: ServerObject {
    package static var observation: Statement { ObservedAccount.observation }

    package static func observed(from rows: [Row]) -> [String: ObservedAccount] {
        Dictionary(rows.map { ($0.text("rolname"), ObservedAccount($0)) }) { first, _ in first }
    }

    package func differences(from observed: ObservedAccount, context: ObjectContext) -> [Difference] {
        let attributes = [
            difference("login", observed.login, login),
            difference("connectionLimit", observed.connectionLimit, connectionLimit),
            difference("validUntil", observed.validUntil, validUntil),
            difference("createdb", observed.createdb, createdb),
            difference("createrole", observed.createrole, createrole),
            difference("remark", observed.remark ?? "", remark),
            passwordDifference(observed, context: context),
        ]
        return attributes.compactMap(\.self) + membershipDifferences(observed, context: context)
    }

    private func difference<Value: Equatable & CustomStringConvertible>(
        _ path: String,
        _ observed: Value,
        _ desired: Located<Value>?
    ) -> Difference? {
        guard let desired, desired.value != observed else { return nil }
        return Difference(
            path,
            observed: observed.description,
            desired: desired.value.description,
            source: desired.range
        )
    }

    /// Compares by deriving the stored verifier again; the salt is random, so the texts would always differ.
    private func passwordDifference(_ observed: ObservedAccount, context: ObjectContext) -> Difference? {
        guard let password, let secret = context.secrets[password.value] else { return nil }
        if observed.hasPassword(secret.revealed) { return nil }
        let stored =
            switch observed.verifier {
            case nil: "none"
            case let text? where text.hasPrefix("md5"): "an md5 hash"
            default: "another one"
            }
        return Difference("password", observed: stored, desired: "from \(password.value)", source: password.range)
    }

    private func membershipDifferences(_ observed: ObservedAccount, context: ObjectContext) -> [Difference] {
        let (missing, surplus) = membershipChanges(observed, context: context)
        return missing.map {
            Difference("memberships.\($0.value)", observed: nil, desired: "member", source: $0.range)
        } + surplus.map { Difference("memberships.\($0)", observed: "member", desired: nil) }
    }

    /// Returns the memberships to grant, and those that pgsteer granted and the specification no longer mentions.
    func membershipChanges(
        _ observed: ObservedAccount,
        context: ObjectContext
    ) -> (missing: [Located<String>], surplus: [String]) {
        let present = Set(observed.memberships)
        let desired = memberships ?? []
        let granted = context.applied?.lists["memberships"] ?? []
        let wanted = Set(desired.map(\.value))
        return (
            desired.filter { !present.contains($0.value) },
            granted.filter { present.contains($0) && !wanted.contains($0) }.sorted()
        )
    }
}
