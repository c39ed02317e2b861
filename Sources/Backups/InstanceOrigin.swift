/// Where the data of a new instance comes from, when it does not begin empty.
package enum InstanceOrigin: Codable, Hashable, Sendable {
    /// A base backup of an instance and its log, replayed up to a moment.
    case backup(of: String, RestoreTarget)
    /// A copy of an instance that runs.
    case clone(of: String)

    /// The instance whose data it is.
    package var source: String {
        switch self {
        case .backup(let name, _), .clone(let name): name
        }
    }
}

/// The moment up to which a log is replayed (PostgreSQL manual, section 20.5.6).
package enum RestoreTarget: Codable, Hashable, Sendable {
    /// Everything there is.
    case latest
    /// Seconds since 1970-01-01T00:00:00Z; what was committed at that moment is there.
    case time(Int)
    /// The transaction is there, and what was committed before it.
    case transaction(UInt64)
    /// A name that `pg_create_restore_point` has written into the log.
    case point(String)
    /// The end of one base backup, and nothing of the log after it.
    case backup(String)
}

extension RestoreTarget: CustomStringConvertible {
    package var description: String {
        switch self {
        case .latest: "the end of the log"
        case .time(let time): Moment.text(time)
        case .transaction(let number): "transaction \(number)"
        case .point(let name): "the restore point \(name)"
        case .backup: "the end of the backup"
        }
    }
}

extension InstanceOrigin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .clone(let source): "copy of \(source)"
        case .backup(let source, .backup(let id)): "backup \(id) of \(source)"
        case .backup(let source, let target): "backups of \(source), up to \(target)"
        }
    }
}
