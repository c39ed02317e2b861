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

extension Privilege {
    /// What a document writes for all privileges that there are on an object.
    static let all = "ALL"
}
