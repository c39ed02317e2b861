package import Diagnostics
import SpecSchema

extension DiagnosticCode {
    package static let notPhysical = DiagnosticCode("PGS-110", "Migration that cannot be physical")
}

/// What a migration may say that moves the files of a whole instance.
extension Migration {
    /// Tells of keys that contradict the method, each at its own line.
    static func checkMethod(
        _ spec: MigrationSpec,
        _ type: MigrationType,
        _ ends: (source: Located<MigrationEnd>, target: Located<MigrationEnd>),
        _ collector: inout DiagnosticCollector
    ) {
        let (source, target) = ends
        guard source.value.isWholeInstance, target.value.isWholeInstance else {
            return checkDatabase(spec, source, target, &collector)
        }
        let refusals: [(String, SourceRange?, String)] = [
            (
                "A whole instance is moved by its files; logical replication moves one database.",
                spec.method?.value == .logical ? spec.method?.range : nil,
                "leave method out, or name a database on both ends"
            ),
            (
                "A whole instance is moved with its rows; there are no definitions alone.",
                type == .structure ? spec.type?.range : nil,
                "write type: full or full+incremental, or name a database on both ends"
            ),
            (
                "A whole instance is moved by its files; there is nothing to choose from.",
                spec.objects.flatMap { $0.value.isEverything ? nil : $0.range },
                "leave objects out, or name a database on both ends"
            ),
            (
                "A whole instance is moved by its files; nothing gets another name.",
                spec.rename?.range,
                "leave rename out, or name a database on both ends"
            ),
            (
                "After a physical migration the source cannot follow the target.",
                spec.cutover?.value.rollback.flatMap { $0.value == .keep ? $0.range : nil },
                "write rollback: none; for a way back name a database on both ends"
            ),
        ]
        for (message, range, help) in refusals {
            guard let range else { continue }
            collector.emit(Diagnostic(.notPhysical, message, at: range, help: help))
        }
    }

    private static func checkDatabase(
        _ spec: MigrationSpec,
        _ source: Located<MigrationEnd>,
        _ target: Located<MigrationEnd>,
        _ collector: inout DiagnosticCollector
    ) {
        let whole = [source, target].first { $0.value.isWholeInstance }
        if let whole {
            let other = source.value.isWholeInstance ? target : source
            collector.emit(
                Diagnostic(
                    .notPhysical,
                    "One end is \(whole.value), and the other \(other.value): a whole instance is moved to a whole instance.",
                    at: whole.range,
                    notes: [Diagnostic.Note("the other end", at: other.range)],
                    help: other.value.instance == nil
                        ? "add database: NAME here; with another server, one database is moved"
                        : "add database: NAME here, or write just instance: NAME on both ends"
                )
            )
            return
        }
        guard let method = spec.method, method.value == .physical else { return }
        let other = [("source", source.value), ("target", target.value)].first { $0.1.instance == nil }
        let reason =
            other.map { "the \($0.0) is no instance of the fleet" } ?? "the ends name databases"
        collector.emit(
            Diagnostic(
                .notPhysical,
                "A physical migration moves a whole instance, and \(reason).",
                at: method.range,
                help: other == nil
                    ? "leave database out on both ends, or write method: logical" : "write method: logical"
            )
        )
    }

    /// Tells of instances whose files are of no use to each other.
    func checkEnds(in instances: [String: Instance], collector: inout DiagnosticCollector) {
        guard isPhysical, let from = source.value.instance.flatMap({ instances[$0] }),
            let to = target.value.instance.flatMap({ instances[$0] })
        else { return }
        let logical = "name a database on both ends to move it logically, one migration for each database"
        func refuse(_ message: String, at range: SourceRange, notes: [Diagnostic.Note] = [], _ help: String) {
            collector.emit(Diagnostic(.notPhysical, message, at: range, notes: notes, help: help))
        }
        for (instance, range) in [(from, source.range), (to, target.range)] where instance.connection != nil {
            refuse(
                "Instance/\(instance.name) is a server that pgsteer did not make: it has no hold of its files.",
                at: range,
                logical
            )
        }
        guard from.connection == nil, to.connection == nil else { return }
        if from.version.value != to.version.value {
            refuse(
                "The files of PostgreSQL \(from.version.value) are of no use to PostgreSQL \(to.version.value).",
                at: target.range,
                notes: [
                    Diagnostic.Note("version \(from.version.value)", at: from.version.range),
                    Diagnostic.Note("version \(to.version.value)", at: to.version.range),
                ],
                logical
            )
        }
        if from.charset.value != to.charset.value {
            refuse(
                "Instance/\(from.name) has the charset \(from.charset.value.rawValue), and Instance/\(to.name) \(to.charset.value.rawValue): the files keep theirs.",
                at: target.range,
                notes: [Diagnostic.Note("charset \(to.charset.value.rawValue)", at: to.charset.range)],
                "declare the target with charset: \(from.charset.value.rawValue)"
            )
        }
    }
}
