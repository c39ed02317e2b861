import SpecSchema

/// How what is moved gets from one server to the other.
package enum MigrationMethod: String, CaseIterable, Sendable, Codable {
    /// Physical where a whole instance is moved, logical where a database is.
    case auto
    /// Definitions and rows, from any server to any other (PostgreSQL manual, chapter 31).
    case logical
    /// The files of a whole instance and its log, to one of the same major version (PostgreSQL manual, sections 26.3 and
    /// 27.2).
    case physical
}

/// The method that a migration takes, and why; never `auto`.
package struct MethodChoice: Codable, Hashable, Sendable {
    package var method: MigrationMethod
    /// A part of a sentence, such as `one database is moved, and not a whole instance`.
    package var reason: String

    package var sentence: String { "\(method.rawValue), since \(reason)" }
}

extension Migration {
    /// Whether all that one instance has becomes that of another; documents in which that cannot be are refused when they
    /// are read.
    package var isPhysical: Bool { source.value.isWholeInstance }

    package var methodChoice: MethodChoice {
        if isPhysical {
            return MethodChoice(
                method: .physical,
                reason: "both ends are whole instances of this fleet with the same version"
            )
        }
        if method.value == .logical { return MethodChoice(method: .logical, reason: "the document says so") }
        for (noun, end) in [("source", source.value), ("target", target.value)] where end.instance == nil {
            return MethodChoice(method: .logical, reason: "the \(noun) is no instance of the fleet")
        }
        return MethodChoice(method: .logical, reason: "one database is moved, and not a whole instance")
    }
}
