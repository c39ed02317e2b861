package import FleetModel
import Hashing
import SQL
import SpecSchema

extension Account {
    package func creation(context: ObjectContext) -> [StatementBatch] {
        // An account is there to log in with, so a new one can, unless the specification says otherwise.
        let login: Statement = self.login?.value ?? true ? "LOGIN" : "NOLOGIN"
        let iterations = context.wantedIterations ?? context.iterations ?? SCRAMVerifier.defaultIterations
        let password = passwordOption(context, iterations: iterations)
        let options = [login] + options(password: password)
        let create: Statement = "CREATE ROLE \(identifier: name) \(Statement.joined(options))"
        let settings = settingStatements(for: differences(from: nil, context: context))
        return [
            StatementBatch(
                [create] + membershipStatements(from: nil, context: context) + [comment].compactMap(\.self) + settings
            )
        ]
    }

    package func update(from observed: ObservedAccount, context: ObjectContext) -> StatementBatch {
        let differences = differences(from: observed, context: context)
        let changed = Set(differences.map(\.path))
        let isPasswordChanged = !changed.isDisjoint(with: ["password", "passwordHash"])
        let iterations = context.wantedIterations ?? observed.serverIterations
        let password = isPasswordChanged ? passwordOption(context, iterations: iterations) : nil
        var options = options(password: password, among: changed)
        if let login, changed.contains("login") { options.append(login.value ? "LOGIN" : "NOLOGIN") }
        var statements: [Statement] = []
        if !options.isEmpty { statements.append("ALTER ROLE \(identifier: name) \(Statement.joined(options))") }
        if changed.contains("remark"), let comment { statements.append(comment) }
        statements += membershipStatements(from: observed, context: context)
        statements += settingStatements(for: differences)
        return StatementBatch(statements)
    }

    package func unmanaged(on observed: ObservedAccount, context: ObjectContext) -> [Difference] {
        unmanagedMemberships(observed, context: context)
    }

    private func options(password: Statement?, among changed: Set<String>? = nil) -> [Statement] {
        func isWanted(_ path: String) -> Bool { changed?.contains(path) ?? true }
        var options: [Statement] = []
        if let connectionLimit, isWanted("connectionLimit") {
            options.append("CONNECTION LIMIT \(connectionLimit.value)")
        }
        if let validUntil, isWanted("validUntil") {
            options.append("VALID UNTIL \(literal: validUntil.value.description)")
        }
        if let createdb, isWanted("createdb") { options.append(createdb.value ? "CREATEDB" : "NOCREATEDB") }
        if let createrole, isWanted("createrole") { options.append(createrole.value ? "CREATEROLE" : "NOCREATEROLE") }
        return options + [password].compactMap(\.self)
    }

    private func passwordOption(_ context: ObjectContext, iterations: Int) -> Statement? {
        guard let password, let secret = context.secrets[password.value] else { return nil }
        return "PASSWORD \(secret: SCRAMVerifier(password: secret.revealed, iterations: iterations).text)"
    }

    private var comment: Statement? {
        remark.map { "COMMENT ON ROLE \(identifier: name) IS \(literal: $0.value)" }
    }

    private func settingStatements(for differences: [Difference]) -> [Statement] {
        SessionSettings.statements("settings", for: differences, subject: "ALTER ROLE \(identifier: name)")
    }
}
