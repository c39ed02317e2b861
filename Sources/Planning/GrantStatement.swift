/// A `GRANT` or `REVOKE` of privileges, alone or in `ALTER DEFAULT PRIVILEGES`.
struct GrantStatement: Sendable {
    struct Privilege: Sendable {
        /// In capital letters; `ALL` for all of them.
        var name: String
        /// Empty for the object as a whole.
        var columns: [String]
    }

    /// What default privileges are for.
    struct Future: Sendable {
        /// Empty for the one who sent the statement.
        var creators: [String] = []
        /// Empty for any.
        var schemas: [String] = []
    }

    private(set) var future: Future?
    private(set) var isRevocation = false
    /// Whether it only takes the right to pass the privileges on.
    private(set) var isOptionOnly = false
    private(set) var privileges: [Privilege] = []
    /// What the objects are, as differences call it: `table`, or `tables` for default privileges. Who leaves `TABLE` out,
    /// or writes it, may mean a sequence.
    private(set) var kinds: [String] = []
    /// Whether it is about all objects in schemas, whose names ``objects`` are.
    private(set) var isWholeSchema = false
    private(set) var objects: [[String]] = []
    private(set) var grantees: [String] = []

    /// - Parameter reader: At the beginning of a statement.
    init?(_ reader: StatementReader) {
        var reader = reader
        if reader.take("alter", "default", "privileges") { future = Self.future(&reader) }
        isRevocation = reader.take("revoke")
        guard isRevocation || reader.take("grant") else { return nil }
        isOptionOnly = isRevocation && reader.take("grant", "option", "for")
        guard readPrivileges(&reader) else { return nil }
        if future != nil { readPlural(&reader) } else { readObjects(&reader) }
        guard reader.take(oneOf: ["to", "from"]) else { return nil }
        repeat {
            _ = reader.take("group")
            guard let grantee = reader.takeName() else { break }
            grantees.append(grantee)
        } while reader.take(mark: ",")
    }

    private static func future(_ reader: inout StatementReader) -> Future {
        var future = Future()
        while true {
            if reader.take("for", "role") || reader.take("for", "user") {
                future.creators = reader.takeNames().compactMap(\.last)
            } else if reader.take("in", "schema") {
                future.schemas = reader.takeNames().compactMap(\.last)
            } else {
                return future
            }
        }
    }

    /// Reads up to `ON`; what has none gives memberships.
    private mutating func readPrivileges(_ reader: inout StatementReader) -> Bool {
        repeat {
            var words: [String] = []
            while reader.words.first != .plain("on"), let word = reader.takeName() { words.append(word) }
            var columns: [String] = []
            if reader.take(mark: "(") {
                columns = reader.takeNames().compactMap(\.last)
                guard reader.take(mark: ")") else { return false }
            }
            let name = words.joined(separator: " ").uppercased()
            let others = ["ALL PRIVILEGES": "ALL", "TEMP": "TEMPORARY"]
            privileges.append(Privilege(name: others[name] ?? name, columns: columns))
        } while reader.take(mark: ",")
        return reader.take("on")
    }

    private mutating func readPlural(_ reader: inout StatementReader) {
        if reader.take("large", "objects") {
            kinds = ["large objects"]
        } else if let word = reader.takeName() {
            kinds = [word == "functions" ? "routines" : word]
        }
    }

    private mutating func readObjects(_ reader: inout StatementReader) {
        for (plural, kind) in Self.plurals where reader.take("all", plural, "in", "schema") {
            isWholeSchema = true
            kinds = [kind]
        }
        if kinds.isEmpty {
            kinds = Self.singulars.first { reader.take(phrase: $0.words) }?.kinds ?? ["table", "sequence"]
        }
        objects = reader.takeNames()
    }

    private static let plurals = [
        ("tables", "table"), ("sequences", "sequence"), ("functions", "routine"), ("procedures", "routine"),
        ("routines", "routine"),
    ]

    private static let singulars: [(words: [String], kinds: [String])] = [
        (["table"], ["table", "sequence"]), (["sequence"], ["sequence"]), (["database"], ["database"]),
        (["schema"], ["schema"]), (["function"], ["routine"]), (["procedure"], ["routine"]), (["routine"], ["routine"]),
        (["type"], ["type"]), (["domain"], ["type"]), (["language"], ["language"]), (["tablespace"], ["tablespace"]),
        (["parameter"], ["parameter"]), (["large", "object"], ["large object"]),
        (["foreign", "server"], ["foreign server"]), (["foreign", "data", "wrapper"], ["foreign data wrapper"]),
    ]
}
