package import Backups
import Diagnostics
package import SpecSchema

/// `restore` as written.
package struct RestoreSpec: Sendable {
    package var from: Located<String>?
    package var at: Located<RestoreTarget>?
    package var transaction: Located<RestoreTarget>?
    package var point: Located<RestoreTarget>?
    package var backup: Located<RestoreTarget>?

    package static let schema = ObjectSchema<RestoreSpec>(
        "restore",
        "Makes the instance from the backups of another one; creation only.",
        make: { _ in RestoreSpec() },
        fields: [
            Field("from", \.from, Rules.instanceName, required: true, "The instance whose backups are used."),
            Field(
                "at",
                \.at,
                .restoreMoment,
                "The moment, with its zone: 2026-11-22T03:00:00Z; or latest, which is the default."
            ),
            Field("xid", \.transaction, .restoreTransaction, "The number of the last transaction that is to be there."),
            Field("name", \.point, .restorePoint, "A name that pg_create_restore_point has written into the log."),
            Field("backup", \.backup, .backupID, "The id of a base backup; nothing is replayed after its end."),
        ]
    )
}

/// `clone` as written.
package struct CloneSpec: Sendable {
    package var from: Located<String>?

    package static let schema = ObjectSchema<CloneSpec>(
        "clone",
        "Makes the instance as a copy of another one that runs; creation only.",
        make: { _ in CloneSpec() },
        fields: [Field("from", \.from, Rules.instanceName, required: true, "The instance that is copied.")]
    )
}

extension InstanceSpec {
    /// Returns what the instance is made from; nil for nothing, or for what contradicts itself, which is told.
    func origin(collector: inout DiagnosticCollector) -> Located<InstanceOrigin>? {
        if let clone, let restore {
            collector.emitBadValue(
                "An instance is either restored or cloned.",
                at: clone.range,
                help: "leave clone out, or restore (line \(restore.range.line))"
            )
        }
        if let range = restore?.range ?? clone?.range, let connection {
            collector.emitBadValue(
                "A server that exists already is not made from anything.",
                at: range,
                help: "leave it out, or connection (line \(connection.range.line))"
            )
        }
        if let clone { return clone.value.from.map { Located(.clone(of: $0.value), at: clone.range) } }
        guard let restore, let from = restore.value.from else { return nil }
        let spec = restore.value
        let targets = [spec.at, spec.transaction, spec.point, spec.backup].compactMap(\.self)
        if targets.count > 1 {
            collector.emitBadValue(
                "Only one of at, xid, name and backup says what is restored; there are \(targets.count).",
                at: targets[1].range
            )
        }
        return Located(.backup(of: from.value, targets.first?.value ?? .latest), at: restore.range)
    }
}

extension ValueType where Value == RestoreTarget {
    fileprivate static var restoreMoment: ValueType {
        ValueType<String>.text(named: "time with zone, or latest")
            .map { text, place, collector in
                if text == "latest" { return .latest }
                guard let time = Moment.seconds(text) else {
                    collector.emitBadValue(
                        "\"\(text)\" is no time with a zone.",
                        at: place,
                        help: "write it as 2026-11-22T03:00:00Z or 2026-11-22T11:00:00+08:00, or latest"
                    )
                    return nil
                }
                return .time(time)
            }
    }

    fileprivate static var restoreTransaction: ValueType {
        ValueType<Int>.integer(3...Int.max).map { number, _, _ in .transaction(UInt64(number)) }
    }

    fileprivate static var restorePoint: ValueType {
        // PostgreSQL manual, pg_create_restore_point: 63 bytes.
        Rules.identifier(named: "restore point").map { name, _, _ in .point(name) }
    }

    fileprivate static var backupID: ValueType {
        ValueType<String>
            .text(named: "backup id", pattern: "^[0-9]{8}T[0-9]{6}Z$") { text in
                text.wholeMatch(of: /[0-9]{8}T[0-9]{6}Z/) == nil
                    ? "\"\(text)\" is no id of a backup; pgsteer backup list shows them." : nil
            }
            .map { id, _, _ in .backup(id) }
    }
}

extension InstanceOrigin {
    /// The keys of a specification that say it.
    var document: [String: JSONValue] {
        switch self {
        case .clone(let source): return ["clone": .object(["from": .string(source)])]
        case .backup(let source, let target):
            var members: [String: JSONValue] = ["from": .string(source)]
            switch target {
            case .latest: members["at"] = .string("latest")
            case .time(let time): members["at"] = .string(Moment.text(time))
            case .transaction(let number): members["xid"] = .integer(Int(number))
            case .point(let name): members["name"] = .string(name)
            case .backup(let id): members["backup"] = .string(id)
            }
            return ["restore": .object(members)]
        }
    }
}
