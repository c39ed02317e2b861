import Diagnostics
import FleetModel

/// What is to become of the privileges that one role has on one object.
struct GrantChange {
    /// A privilege of somebody's giving that is to be taken away, wholly or only the right to pass it on.
    struct Revocation: Hashable {
        var privilege: Privilege
        @Name var grantor: String
        var isOptionOnly: Bool
    }

    var place: ObservedGrants.Place
    /// Privileges to give.
    var grants: [Privilege] = []
    /// Privileges to give with the right to pass them on.
    var grantableGrants: [Privilege] = []
    var revocations: [Revocation] = []
    /// Privileges as they are and as they will be, for people.
    var observed: [Privilege: Bool] = [:]
    var result: [Privilege: Bool] = [:]
    /// The line that asks for it; nil for what is taken back because no line asks any more.
    var range: SourceRange?

    var isEmpty: Bool { grants.isEmpty && grantableGrants.isEmpty && revocations.isEmpty }

    /// `INSERT, SELECT*`: a star stands for the right to pass a privilege on.
    static func shown(_ privileges: [Privilege: Bool]) -> String? {
        if privileges.isEmpty { return nil }
        return privileges.sorted { $0.key < $1.key }.map { $0.key.rawValue + ($0.value ? "*" : "") }
            .joined(separator: ", ")
    }
}
