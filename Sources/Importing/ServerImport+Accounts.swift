import Diagnostics
import FleetModel
import Hashing
import Resources
import SpecSchema

extension ServerImport {
    /// The roles that become accounts, by name.
    var importedAccounts: [Name: ObservedAccount] {
        let roles = server.observed(Account.self).filter { !$0.object.isSuperuser && isWritable($0.id.name) }
        return Dictionary(roles.map { (Name($0.id.name), $0.object) }) { first, _ in first }
    }

    mutating func accounts(grants: [Name: [JSONValue]]) -> [JSONValue] {
        for (id, role) in server.observed(Account.self) {
            if role.isSuperuser { note("role \(id.name): a superuser is no account; its privileges are not managed") }
            if !isWritable(id.name) {
                note("a role whose name has a control character is left out: \(id.name.visible)")
            }
        }
        if importedAccounts.values.contains(where: { $0.login && !$0.isVerifierKnown }) {
            note(
                "what is stored for passwords cannot be read as this role: every account that may log in refers to one; take passwordFrom out where there is none"
            )
        }
        let settings = Dictionary(grouping: server.observed(AccountSettings.self)) { Name($0.id.name) }
        var variables: Set<String> = []
        return importedAccounts.sorted { $0.key < $1.key }
            .map { key, role in
                let name = key.text
                var members: [String: JSONValue] = ["name": .string(name)]
                if !role.login { members["login"] = false }
                if role.connectionLimit != -1 { members["connectionLimit"] = .integer(role.connectionLimit) }
                if let text = writable(role.validUntil, of: name) { members["validUntil"] = .string(text) }
                if role.createdb { members["createdb"] = true }
                if role.createrole { members["createrole"] = true }
                if let remark = role.remark { members["remark"] = remarkValue(remark, of: "role \(name)") }
                members["passwordFrom"] = passwordReference(name, role, &variables)
                let memberships = self.memberships(role)
                if !memberships.isEmpty { members["memberships"] = .array(memberships) }
                members["settings"] = settingsValue(role.settings, of: "role \(name)")
                let databases = (settings[key] ?? [])
                    .compactMap { settings in
                        settingsValue(settings.object.settings, of: "role \(name)").map { (settings.id.path[1], $0) }
                    }
                if !databases.isEmpty {
                    members["databaseSettings"] = .object(Dictionary(databases) { first, _ in first })
                }
                if let grants = grants[key], !grants.isEmpty { members["grants"] = .array(grants) }
                if role.isReplication || role.bypassesRowSecurity {
                    note("role \(name): the attributes REPLICATION and BYPASSRLS are not managed")
                }
                return .object(members)
            }
    }

    /// Nil for none, and for a time that has no four digits for its year.
    private mutating func writable(_ expiry: Expiry, of name: String) -> String? {
        guard case .at(let seconds) = expiry else { return nil }
        // The years 1 to 9999.
        guard (-62_135_596_800..<253_402_300_800).contains(seconds) else {
            note("role \(name): its VALID UNTIL is a year that cannot be written")
            return nil
        }
        return expiry.description
    }

    /// A password that would be hashed anew, or that nobody can log in with, is not adopted.
    private mutating func passwordReference(
        _ name: String,
        _ role: ObservedAccount,
        _ variables: inout Set<String>
    ) -> JSONValue? {
        guard role.isVerifierKnown ? role.verifier != nil : role.login else { return nil }
        if let verifier = role.verifier, SCRAMVerifier(verifier).map({ $0.iterations < role.serverIterations }) ?? true
        {
            note("role \(name): its password has an old hash; add passwordFrom to have it made anew")
            return nil
        }
        let letters = "\(instance)_\(name)_PASSWORD".uppercased()
            .map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        var variable = String(letters)
        if variable.first?.isNumber ?? true { variable = "PG_" + variable }
        var number = 1
        while !variables.insert(number == 1 ? variable : "\(variable)_\(number)").inserted { number += 1 }
        return .object(["env": .string(number == 1 ? variable : "\(variable)_\(number)")])
    }

    private func memberships(_ role: ObservedAccount) -> [JSONValue] {
        let granted = role.memberships.filter { !$0.isInitial && isWritable($0.role) }
        return Dictionary(grouping: granted) { Name($0.role) }.sorted { $0.key < $1.key }
            .map { key, grants in
                let name = key.text
                var members: [String: JSONValue] = [:]
                if grants.contains(where: \.admin) { members["admin"] = true }
                if major >= 16, !grants.contains(where: \.inherit) { members["inherit"] = false }
                if major >= 16, !grants.contains(where: \.set) { members["set"] = false }
                if members.isEmpty { return .string(name) }
                members["role"] = .string(name)
                return .object(members)
            }
    }

    mutating func remarkValue(_ remark: String, of thing: String) -> JSONValue? {
        guard remark.count <= 1000 else {
            note("\(thing): its comment is longer than a remark may be")
            return nil
        }
        return .string(remark)
    }

    mutating func settingsValue(_ settings: [String: String], of thing: String) -> JSONValue? {
        var members: [String: JSONValue] = [:]
        for (name, value) in settings {
            guard ParameterCatalogue.definition(of: name, major: major) != nil || name.contains(".") else {
                note("\(thing): PostgreSQL \(major) has no parameter \(name)")
                continue
            }
            guard !SessionSettings.isWithoutLibraries(name, value) else {
                note("\(thing): its \(name) is one library without a name, with which no session starts")
                continue
            }
            members[name] = .string(value)
        }
        return members.isEmpty ? nil : .object(members)
    }
}
