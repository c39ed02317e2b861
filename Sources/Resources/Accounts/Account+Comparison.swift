package import Diagnostics
package import FleetModel
import Hashing
package import SQL
import SpecSchema

extension Account: ServerObject {
    package static let scope = ObjectScope.server

    package static func observation(_ request: ObservationRequest) -> Statement { ObservedAccount.observation(request) }

    package static func observed(from rows: [Row]) -> [Name: ObservedAccount] {
        Dictionary(rows.map { (Name($0.text("rolname")), ObservedAccount($0)) }) { first, _ in first }
    }

    package func differences(from observed: ObservedAccount?, context: ObjectContext) -> [Difference] {
        let attributes = [
            difference("login", observed?.login, login),
            difference("connectionLimit", observed?.connectionLimit, connectionLimit),
            difference("validUntil", observed?.validUntil, validUntil),
            difference("createdb", observed?.createdb, createdb),
            difference("createrole", observed?.createrole, createrole),
            difference("remark", observed.map { $0.remark ?? "" }, remark),
        ]
        return attributes.compactMap(\.self) + passwordDifferences(observed, context: context)
            + membershipDifferences(observed, context: context)
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

    /// Compares by deriving the stored verifier again, once, since that costs a millisecond; the salt is random, so texts
    /// would always differ. A hash that is weaker than what the server would make of the same password today is a
    /// difference of its own.
    private func passwordDifferences(_ observed: ObservedAccount?, context: ObjectContext) -> [Difference] {
        guard let password, let secret = context.secrets[password.value] else { return [] }
        func difference(_ path: String, _ observed: String?, _ desired: String) -> [Difference] {
            [Difference(path, observed: observed, desired: desired, source: password.range)]
        }
        guard let observed else { return difference("password", nil, "from \(password.value)") }
        // Nil is a password that nothing tells of; the plan warns of it.
        guard let isSame = observed.hasPassword(secret.revealed, of: name, now: context.now) else { return [] }
        guard isSame else {
            let stored = observed.isVerifierKnown && observed.verifier == nil ? "none" : "another one"
            return difference("password", stored, "from \(password.value)")
        }
        guard let verifier = observed.verifier else { return [] }
        let iterations = context.wantedIterations ?? observed.serverIterations
        let wanted = "scram-sha-256, \(iterations) iterations"
        guard let scram = SCRAMVerifier(verifier) else { return difference("passwordHash", "md5", wanted) }
        if scram.iterations >= iterations { return [] }
        return difference("passwordHash", "scram-sha-256, \(scram.iterations) iterations", wanted)
    }

    package func warnings(on observed: ObservedAccount?, context: ObjectContext) -> [Diagnostic] {
        guard !isAbsent else { return [] }
        return [expiryWarning(context), probeWarning(observed, context), rightsWarning(observed)].compactMap(\.self)
            + passedOnObstacles(observed, context: context)
    }

    /// A role that somebody made before and that is adopted keeps rights that no document can give.
    private func rightsWarning(_ observed: ObservedAccount?) -> Diagnostic? {
        guard let observed else { return nil }
        let rights = [
            (observed.isSuperuser, "is a superuser"), (observed.isReplication, "may replicate"),
            (observed.bypassesRowSecurity, "bypasses row-level security"),
        ]
        .filter(\.0).map(\.1)
        guard !rights.isEmpty else { return nil }
        return Diagnostic(
            .privilegedAccount,
            "The role of \(id) \(rights.joined(separator: ", ")); no document gives that, and pgsteer does not take it away.",
            at: range,
            severity: .warning,
            help: "take it away with ALTER ROLE \(Quoting.identifier(name)), or leave the account out"
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
            case .refused: "was refused when logging in with it\(doubt(of: observed, context))"
            case nil: "could not be tried by logging in\(obstacle(to: observed))"
            }
        return Diagnostic(
            .unreadablePassword,
            "What the server stores for the password of \(id) cannot be read; the password \(found).",
            at: password.range,
            severity: .warning,
            help: "connect as a role that may read pg_authid to compare what is stored"
        )
    }

    /// Why a refusal says nothing of the password: one that is no longer valid is refused with the same words as a wrong one.
    private func doubt(of observed: ObservedAccount, _ context: ObjectContext) -> String {
        guard case .at(let end) = observed.validUntil, end < context.now else { return "" }
        return ", which says nothing of it: since \(observed.validUntil) the role may use none (VALID UNTIL)"
    }

    /// Why a role cannot log in, whatever its password is.
    private func obstacle(to observed: ObservedAccount) -> String {
        if !observed.login { return ": the role may not log in (NOLOGIN)" }
        return observed.connectionLimit == 0 ? ": the role may have no session (CONNECTION LIMIT 0)" : ""
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
