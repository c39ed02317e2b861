/// A privilege as PostgreSQL calls it (PostgreSQL manual, section 5.8 "Privileges").
package enum Privilege: String, Codable, Sendable, CaseIterable {
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
    case truncate = "TRUNCATE"
    case references = "REFERENCES"
    case trigger = "TRIGGER"
    /// PostgreSQL 17 and later.
    case maintain = "MAINTAIN"
    case usage = "USAGE"
    case create = "CREATE"
    case connect = "CONNECT"
    case temporary = "TEMPORARY"
    case execute = "EXECUTE"
    case set = "SET"
    case alterSystem = "ALTER SYSTEM"
}

extension Privilege: Comparable {
    package static func < (left: Privilege, right: Privilege) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What a document writes for a privilege: its name, or all that there are for the object.
enum WrittenPrivilege: String, Sendable, CaseIterable {
    case all = "ALL"
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
    case truncate = "TRUNCATE"
    case references = "REFERENCES"
    case trigger = "TRIGGER"
    case maintain = "MAINTAIN"
    case usage = "USAGE"
    case create = "CREATE"
    case connect = "CONNECT"
    case temporary = "TEMPORARY"
    case execute = "EXECUTE"
    case set = "SET"
    case alterSystem = "ALTER SYSTEM"

    /// Nil for all.
    var privilege: Privilege? { Privilege(rawValue: rawValue) }
}
