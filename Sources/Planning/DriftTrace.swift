import FleetModel
import Resources

/// Judges statements by whether they can have made a difference.
///
/// A statement has to name the thing, as the server understands names, and what differs of it. What only might have done it
/// does not fit.
struct DriftTrace: Sendable {
    enum Fit: Sendable {
        /// It can have made the difference.
        case causes
        /// It is about what differs, and makes it something else: nothing before it is to blame.
        case touches
    }

    let item: Drift.Item
    private let privileges: PrivilegeTrace?

    init(_ item: Drift.Item) {
        self.item = item
        privileges = item.resource.kind == Grant.kind ? PrivilegeTrace(item) : nil
    }

    /// Returns how the last of the statements of a text that is about the difference fits; nil when none is.
    ///
    /// - Parameters:
    ///   - role: The one who sent it; nil when that is not known.
    ///   - database: Where it was sent; nil when that is not known.
    func fit(_ text: Substring, by role: String?, in database: String?) -> Fit? {
        // What is in a database is changed by nobody who works in another one.
        if let place, let database, !place.isSameName(as: database) { return nil }
        for reader in StatementReader.statements(of: text).reversed() {
            if let fit = fit(reader, by: role) { return fit }
        }
        return nil
    }

    /// The names that pgsteer quotes in its statements about the difference.
    var names: [String] {
        switch item.resource.kind {
        case Instance.kind: setting.map { $0.split(separator: ".").map(String.init) } ?? []
        case Grant.kind: item.attribute.firstRange(of: ": ").map { [String(item.attribute[..<$0.lowerBound])] } ?? []
        default: [item.resource.name]
        }
    }

    /// The database that what differs is in; nil where a statement in any database can change it.
    private var place: String? {
        if privileges?.isOfSharedObject ?? false { return nil }
        return ResourceCatalog.serverObject(named: item.resource.kind)?.database(of: item.resource)
    }

    // MARK: Kinds of differences

    private func fit(_ statement: StatementReader, by role: String?) -> Fit? {
        var reader = statement
        switch item.resource.kind {
        case Instance.kind:
            guard let setting, reader.take("alter", "system") else { return nil }
            return isSetting(setting, &reader) ? .causes : nil
        case Grant.kind: return privileges?.fit(statement, by: role)
        case AccountSettings.kind: return sessionSetting(&reader, in: item.resource.path[1])
        default: break
        }
        if item.attribute.isEmpty { return existence(statement) }
        if item.attribute == "remark" {
            return reader.take("comment", "on", noun) && isNamed(&reader) ? .causes : nil
        }
        if item.attribute.hasPrefix("memberships.") { return membership(statement) }
        if setting != nil { return sessionSetting(&reader, in: nil) }
        return attribute(&reader)
    }

    /// The parameter that the difference is about.
    private var setting: String? {
        ["settings.", "parameters."].first { item.attribute.hasPrefix($0) }
            .map { String(item.attribute.dropFirst($0.count)) }
    }

    /// `SET work_mem ...`, `RESET work_mem` or `RESET ALL`; names of parameters have no case.
    private func isSetting(_ parameter: String, _ reader: inout StatementReader) -> Bool {
        let isReset = reader.take("reset")
        guard isReset || reader.take("set") else { return false }
        if isReset, reader.take("all") { return true }
        if reader.take("time", "zone") { return parameter.lowercased() == "timezone" }
        return reader.takeQualifiedName().joined(separator: ".").lowercased() == parameter.lowercased()
    }

    /// - Parameter database: Where the role's settings count; nil for what counts everywhere, and for those of a database.
    private func sessionSetting(_ reader: inout StatementReader, in database: String?) -> Fit? {
        guard reader.take("alter"), takeNoun(&reader), isNamed(&reader) else { return nil }
        let place = reader.take("in", "database") ? reader.takeName() : nil
        guard place.map({ Name($0) }) == database.map({ Name($0) }) else { return nil }
        guard let setting else { return reader.take(oneOf: ["set", "reset"]) ? .causes : nil }
        let isReset = reader.words.first == .plain("reset")
        guard isSetting(setting, &reader) else { return nil }
        return isReset && item.observed != nil ? .touches : .causes
    }

    private func attribute(_ reader: inout StatementReader) -> Fit? {
        guard let phrases = Self.phrases[item.attribute], reader.take("alter"), takeNoun(&reader), isNamed(&reader)
        else { return nil }
        // Of what is set to a value any word may follow.
        if item.attribute != "schema", reader.words.first == .plain("set") { return nil }
        guard let phrase = phrases.first(where: { reader.has($0) }) else { return nil }
        guard phrases.count == 2, let isOn = item.observed.flatMap({ Bool($0) }) else { return .causes }
        return isOn == (phrase == phrases[0]) ? .causes : .touches
    }

    /// Of what is on or off, both.
    private static let phrases: [String: [[String]]] = [
        "password": [["password"]], "passwordHash": [["password"]], "validUntil": [["valid", "until"]],
        "connectionLimit": [["connection", "limit"]], "login": [["login"], ["nologin"]],
        "createdb": [["createdb"], ["nocreatedb"]], "createrole": [["createrole"], ["nocreaterole"]],
        "owner": [["owner", "to"]], "version": [["update"]], "schema": [["set", "schema"]],
    ]

    /// What is gone was dropped, or renamed; what is to be gone and is there was made, or renamed.
    private func existence(_ statement: StatementReader) -> Fit? {
        let isMade: Bool
        var reader = statement
        if reader.take("create"), takeNoun(&reader) {
            _ = reader.take("if", "not", "exists")
            _ = reader.take("authorization")
            guard isNamed(&reader) else { return nil }
            isMade = true
        } else if reader.take("drop"), takeNoun(&reader) {
            _ = reader.take("if", "exists")
            guard reader.takeNames().contains(where: { isName($0.last) }) else { return nil }
            isMade = false
        } else if reader.take("alter"), takeNoun(&reader) {
            let old = reader.takeName()
            guard reader.take("rename", "to") else { return nil }
            isMade = isName(reader.takeName())
            guard isMade || isName(old) else { return nil }
        } else {
            return nil
        }
        return isMade == (item.observed == "present") ? .causes : .touches
    }

    // MARK: Memberships

    private func membership(_ statement: StatementReader) -> Fit? {
        guard let found = MembershipStatement(statement), found.members.contains(where: { isName($0) }) else {
            return nil
        }
        let name = String(item.attribute.dropFirst("memberships.".count))
        if found.roles.contains(where: { $0.isSameName(as: name) }), found.option == nil || !found.isRevocation {
            guard item.observed != nil || item.desired != nil else { return .causes }
            return found.isRevocation == (item.observed == nil) ? .causes : .touches
        }
        guard let dot = name.lastIndex(of: "."),
            found.roles.contains(where: { $0.isSameName(as: String(name[..<dot])) })
        else { return nil }
        return found.options.contains(String(name[dot...].dropFirst())) ? .causes : nil
    }

    // MARK: Words

    private var noun: String { item.resource.kind == Account.kind ? "role" : item.resource.kind.lowercased() }

    private func takeNoun(_ reader: inout StatementReader) -> Bool {
        [Account.kind, AccountSettings.kind].contains(item.resource.kind)
            ? reader.take(oneOf: ["role", "user", "group"]) : reader.take(noun)
    }

    private func isNamed(_ reader: inout StatementReader) -> Bool { isName(reader.takeName()) }

    private func isName(_ name: String?) -> Bool { item.resource.name.isSameName(as: name) }
}

/// A statement that makes roles members of roles, or ends that.
private struct MembershipStatement {
    var isRevocation = false
    /// The one option that is taken away, without the membership.
    var option: String?
    /// The options that it is about.
    var options: [String] = []
    var roles: [String] = []
    var members: [String] = []

    init?(_ reader: StatementReader) {
        var reader = reader
        if reader.take("alter", "group") {
            roles = [reader.takeName()].compactMap(\.self)
            isRevocation = reader.take("drop")
            guard isRevocation || reader.take("add"), reader.take("user") else { return nil }
            members = reader.takeNames().compactMap(\.last)
            return
        }
        isRevocation = reader.take("revoke")
        guard isRevocation || reader.take("grant") else { return nil }
        if isRevocation { option = Self.names.first { reader.take($0, "option", "for") } }
        // Privileges are on something.
        roles = reader.takeNames().compactMap(\.last)
        guard reader.take(oneOf: ["to", "from"]) else { return nil }
        members = reader.takeNames().compactMap(\.last)
        options = option.map { [$0] } ?? []
        if !isRevocation, reader.take("with") { options = Self.names.filter { reader.has([$0]) } }
    }

    private static let names = ["admin", "inherit", "set"]
}
