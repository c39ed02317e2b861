package import Glibc

/// A user of this machine.
package struct SystemUser: Hashable, Sendable {
    package var name: String
    package var id: uid_t
    package var group: gid_t

    /// Returns the user with this name; nil when there is none.
    package static func named(_ name: String) -> SystemUser? {
        getpwnam(name).map { SystemUser(name: name, id: $0.pointee.pw_uid, group: $0.pointee.pw_gid) }
    }

    /// Who runs this program.
    package static var caller: SystemUser {
        let id = geteuid()
        let name = getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? String(id)
        return SystemUser(name: name, id: id, group: getegid())
    }

    /// The user's own folder; nil for one that the machine does not know.
    package var home: String? { getpwuid(id).map { String(cString: $0.pointee.pw_dir) } }

    package var isRoot: Bool { id == 0 }
}
