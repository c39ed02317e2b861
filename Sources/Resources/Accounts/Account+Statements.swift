import FleetModel
import Hashing
import SQL
import SpecSchema

extension Account {
    package func creation(context: ObjectContext) -> StatementBatch {
        // An account is there to log in with, so a new one can, unless the specification says otherwise.
        let login: Statement = self.login?.value ?? true ? "LOGIN" : "NOLOGIN"
        let options = [login] + options(password: passwordOption(context))
        let create: Statement = "CREATE ROLE \(identifier: name) \(Statement.joined(options))"
        let grants = (memberships ?? []).map { grant($0.value) }
        return StatementBatch([create] + grants + [comment].compactMap(\.self))
    }

    package func update(from observed: ObservedAccount, context: ObjectContext) -> StatementBatch {
        let changed = Set(differences(from: observed, context: context).map(\.path))
        var options = options(password: changed.contains("password") ? passwordOption(context) : nil, among: changed)
        if let login, changed.contains("login") { options.append(login.value ? "LOGIN" : "NOLOGIN") }
        var statements: [Statement] = []
        if !options.isEmpty { statements.append("ALTER ROLE \(identifier: name) \(Statement.joined(options))") }
        if changed.contains("remark"), let comment { statements.append(comment) }
        let (missing, surplus) = membershipChanges(observed, context: context)
        statements += missing.map { grant($0.value) }
        statements += surplus.map { "REVOKE \(identifier: $0) FROM \(identifier: name)" }
        return StatementBatch(statements)
    }

    package static func removal(of name: String, observed: ObservedAccount) -> StatementBatch {
        StatementBatch(["DROP ROLE IF EXISTS \(identifier: name)"])
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

    private func passwordOption(_ context: ObjectContext) -> Statement? {
        guard let password, let secret = context.secrets[password.value] else { return nil }
        return "PASSWORD \(secret: SCRAMVerifier(password: secret.revealed).text)"
    }

    private func grant(_ role: String) -> Statement { "GRANT \(identifier: role) TO \(identifier: name)" }

    private var comment: Statement? {
        remark.map { "COMMENT ON ROLE \(identifier: name) IS \(literal: $0.value)" }
    }
}
