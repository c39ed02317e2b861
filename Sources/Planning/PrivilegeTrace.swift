import FleetModel

/// What a statement must say to have changed the privileges that a difference of a Grant is about.
struct PrivilegeTrace: Sendable {
    private var grantee: String
    /// `table web.orders`, `7 tables in web`, `future tables in web by app`
    private var object: String
    /// Nil when it is not known which privileges differ.
    private var changed: (gained: Set<String>, lost: Set<String>, regraded: Set<String>)?

    /// - Parameter item: Its attribute is `app: table web.orders`, its values are `INSERT, SELECT*`.
    init?(_ item: Drift.Item) {
        guard let colon = item.attribute.firstRange(of: ": ") else { return nil }
        grantee = String(item.attribute[..<colon.lowerBound])
        object = String(item.attribute[colon.upperBound...])
        guard item.observed != nil || item.desired != nil else { return }
        let (found, left) = (Self.privileges(item.observed), Self.privileges(item.desired))
        let common = Set(found.keys).intersection(left.keys)
        changed = (
            gained: Set(found.keys).subtracting(common), lost: Set(left.keys).subtracting(common),
            regraded: common.filter { name in found[name] != left[name] }
        )
    }

    private static func privileges(_ text: String?) -> [String: Bool] {
        let parts = (text ?? "").split(separator: ", ").map { ($0.filter { $0 != "*" }, $0.hasSuffix("*")) }
        return Dictionary(parts) { first, _ in first }
    }

    /// Whether the object is no part of a database: the database itself, a parameter.
    var isOfSharedObject: Bool {
        ["database ", "parameter ", "tablespace "].contains { object.hasPrefix($0) }
    }

    /// - Parameter role: The one who sent the statement; nil when that is not known.
    func fit(_ reader: StatementReader, by role: String?) -> DriftTrace.Fit? {
        guard let statement = GrantStatement(reader),
            statement.grantees.contains(where: { $0.isSameName(as: grantee) }),
            isAbout(statement, role)
        else { return nil }
        guard let changed else { return says(nil, statement) ? .causes : nil }
        let all = changed.gained.union(changed.lost).union(changed.regraded)
        guard says(all, statement) else { return nil }
        let sided: Set<String> =
            statement.isRevocation ? statement.isOptionOnly ? [] : changed.lost : changed.gained
        return says(sided.union(changed.regraded), statement) ? .causes : .touches
    }

    /// Whether a statement names one of some privileges, on the whole object or on the column that it is about.
    private func says(_ names: Set<String>?, _ statement: GrantStatement) -> Bool {
        statement.privileges.contains { privilege in
            guard names.map({ privilege.name == "ALL" ? !$0.isEmpty : $0.contains(privilege.name) }) ?? true else {
                return false
            }
            guard object.hasPrefix("column ") else { return privilege.columns.isEmpty }
            // Taking something from a table takes it from its columns.
            return privilege.columns.isEmpty
                ? statement.isRevocation : privilege.columns.contains { object.hasSuffix("(\($0))") }
        }
    }

    // MARK: Objects

    private func isAbout(_ statement: GrantStatement, _ role: String?) -> Bool {
        if let future = statement.future { return isAbout(future, statement.kinds, role) }
        if statement.isWholeSchema { return isInside(statement) }
        return statement.kinds.contains { kind in statement.objects.contains { isCalled($0, kind) } }
    }

    private func isAbout(_ future: GrantStatement.Future, _ kinds: [String], _ role: String?) -> Bool {
        let creators = future.creators.isEmpty ? [role].compactMap(\.self) : future.creators
        let places = future.schemas.isEmpty ? [""] : future.schemas.map { " in \($0)" }
        return kinds.contains { kind in
            creators.contains { creator in
                places.contains { "future \(kind)\($0) by \(creator)".isSameName(as: object) }
            }
        }
    }

    /// Whether the object, or several of them that are told as one, are in the schemas of `ALL TABLES IN SCHEMA`.
    private func isInside(_ statement: GrantStatement) -> Bool {
        let kinds = statement.kinds == ["table"] ? ["table", "column"] : statement.kinds
        let group = object.first?.isNumber ?? false ? String(object.drop(while: \.isNumber).dropFirst()) : nil
        return statement.objects.compactMap(\.last)
            .contains { schema in
                kinds.contains { kind in
                    group.map { $0.isSameName(as: "\(kind)s in \(schema)") } ?? object.hasPrefix("\(kind) \(schema).")
                }
            }
    }

    private func isCalled(_ name: [String], _ kind: String) -> Bool {
        // A table's columns go by the name of the table.
        let words = kind == "table" && object.hasPrefix("column ") ? "column" : kind
        guard object.hasPrefix(words + " ") else { return false }
        let place = object.dropFirst(words.count + 1)
        if kind == "parameter" { return place.lowercased() == name.joined(separator: ".").lowercased() }
        // `database.schema.table` may be written as well.
        let written = name.suffix(2).joined(separator: ".")
        let isOpen = ["column", "routine"].contains(words)
        if isOpen ? place.hasPrefix(written + "(") : String(place).isSameName(as: written) { return true }
        let hasSchema = ["table", "column", "sequence", "routine", "type"].contains(words)
        guard hasSchema, name.count == 1 else { return false }
        return isOpen ? place.contains(".\(written)(") : place.hasSuffix(".\(written)")
    }
}
