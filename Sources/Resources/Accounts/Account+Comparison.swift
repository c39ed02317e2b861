package import Diagnostics
package import FleetModel
import Hashing
package import SQL
import SpecSchema

extension Account: ServerObject {
    package static let scope = ObjectScope.server

    package static func observation(_ request: ObservationRequest) -> Statement { ObservedAccount.observation(request) }

    package static func observed(from rows: [Row]) -> [String: ObservedAccount] {
        Dictionary(rows.map { ($0.text("rolname"), ObservedAccount($0)) }) { first, _ in first }
    }

    package func differences(from observed: ObservedAccount?, context: ObjectContext) -> [Difference] {
        let attributes = [
            difference("login", observed?.login, login),
            difference("connectionLimit", observed?.connectionLimit, connectionLimit),
            difference("validUntil", observed?.validUntil, validUntil),
            difference("createdb", observed?.createdb, createdb),
            difference("createrole", observed?.createrole, createrole),
            difference("remark", observed.map { $0.remark ?? "" }, remark),
            passwordDifference(observed, context: context),
            observed.flatMap { hashDifference($0, context: context) },
        ]
        return attributes.compactMap(\.self) + membershipDifferences(observed, context: context)
            + settingDifferences(observed, context: context)
    }

    private func difference<Value: Equatable & CustomStringConvertible>(
        _ path: String,
        _ observed: Value?,
        _ desired: Located<Value>?
    ) -> Difference? {
        guard let desired, desired.value != observed else { return nil }
        return Difference(
            path,
            observed: observed?.description,
            desired: desired.value.description,
            source: desired.range
        )
    }

    // MARK: Password

    /// Compares by deriving the stored verifier again; the salt is random, so the texts would always differ.
    private func passwordDifference(_ observed: ObservedAccount?, context: ObjectContext) -> Difference? {
        guard let password, let secret = context.secrets[password.value] else { return nil }
        guard let observed else {
            return Difference("password", observed: nil, desired: "from \(password.value)", source: password.range)
        }
        // Nil is a password that nothing tells of; the plan warns of it.
        if observed.hasPassword(secret.revealed, of: name) ?? true { return nil }
        let stored = observed.isVerifierKnown && observed.verifier == nil ? "none" : "another one"
        return Difference("password", observed: stored, desired: "from \(password.value)", source: password.range)
    }

    /// A hash that is weaker than what the server would make of the same password today.
    private func hashDifference(_ observed: ObservedAccount, context: ObjectContext) -> Difference? {
        guard let password, let secret = context.secrets[password.value], let verifier = observed.verifier else {
            return nil
        }
        // Another password brings a new hash with it.
        guard observed.hasPassword(secret.revealed, of: name) ?? false else { return nil }
        let wanted = observed.serverIterations
        let stored: String
        if let scram = SCRAMVerifier(verifier) {
            if scram.iterations >= wanted { return nil }
            stored = "scram-sha-256, \(scram.iterations) iterations"
        } else {
            stored = "md5"
        }
        return Difference(
            "passwordHash",
            observed: stored,
            desired: "scram-sha-256, \(wanted) iterations",
            source: password.range
        )
    }

    package func warnings(on observed: ObservedAccount?, context: ObjectContext) -> [Diagnostic] {
        guard !isAbsent else { return [] }
        return [expiryWarning(context), probeWarning(observed, context), rightsWarning(observed)].compactMap(\.self)
    }

    /// A role that somebody made before and that is adopted keeps rights that no document can give.
    private func rightsWarning(_ observed: ObservedAccount?) -> Diagnostic? {
        guard let observed, observed.isSuperuser else { return nil }
        return Diagnostic(
            .privilegedAccount,
            "The role of \(id) is a superuser; no document gives that, and pgsteer does not take it away.",
            at: range,
            severity: .warning,
            help: "ALTER ROLE \(Quoting.identifier(name)) NOSUPERUSER, or leave the account out"
        )
    }

    private func expiryWarning(_ context: ObjectContext) -> Diagnostic? {
        guard let validUntil, case .at(let end) = validUntil.value else { return nil }
        let days = Double(end - context.now) / 86_400
        guard days < 14 else { return nil }
        let detail =
            days < 0
            ? "The password of \(id) is no longer accepted since \(validUntil.value)."
            : "The password of \(id) is accepted for \(Int(days)) more \(Int(days) == 1 ? "day" : "days"), until \(validUntil.value)."
        return Diagnostic(
            .expiringPassword,
            detail,
            at: validUntil.range,
            severity: .warning,
            help: "rotate the password and move validUntil"
        )
    }

    private func probeWarning(_ observed: ObservedAccount?, _ context: ObjectContext) -> Diagnostic? {
        guard let password, let observed, !observed.isVerifierKnown, context.secrets[password.value] != nil else {
            return nil
        }
        let found =
            switch observed.probe {
            case .accepted: "was accepted when logging in with it"
            case .refused: "was refused when logging in with it"
            case nil: "could not be tried by logging in"
            }
        return Diagnostic(
            .probedPassword,
            "What the server stores for the password of \(id) cannot be read; the password \(found).",
            at: password.range,
            severity: .warning,
            help: "connect as a role that may read pg_authid to compare what is stored"
        )
    }

    // MARK: Settings

    private func settingDifferences(_ observed: ObservedAccount?, context: ObjectContext) -> [Difference] {
        SessionSettings.differences(
            "settings",
            observed: observed?.settings ?? [:],
            desired: settings,
            applied: context.applied?.lists["settings"] ?? []
        )
    }
}
