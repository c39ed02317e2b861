package import Diagnostics
import SpecSchema

extension DiagnosticCode {
    package static let badRenaming = DiagnosticCode("PGS-105", "Renaming that cannot be done")
    package static let nothingToGuard = DiagnosticCode("PGS-106", "Nothing to guard")
}

/// Which schemas have another name in the target.
package struct SchemaRenaming: Hashable, Sendable, Codable {
    /// The new names, by the old ones.
    package var schemas: [String: String]

    package init(_ schemas: [String: String] = [:]) { self.schemas = schemas }

    package var isEmpty: Bool { schemas.isEmpty }

    /// What a schema of the source is called in the target.
    package func target(_ schema: String) -> String { schemas[schema] ?? schema }

    /// Old and new names, in an order in which no new name is still taken by a schema that is renamed later.
    ///
    /// A chain (`a` to `b`, `b` to `c`) goes from its end; a circle cannot be told apart from one and is not allowed.
    package var steps: [(old: String, new: String)] {
        var left = schemas
        var result: [(old: String, new: String)] = []
        while let next = left.keys.sorted().first(where: { left[left[$0] ?? ""] == nil }) {
            result.append((next, left[next] ?? next))
            left[next] = nil
        }
        return result
    }
}

/// `rename` as written.
struct RenamingSpec: Sendable {
    var schemas: Located<[NamedValue<String>]>?

    static let schema = ObjectSchema<RenamingSpec>(
        "rename",
        "What has another name in the target; the target's database has its own name anyway.",
        refused: [
            "databases": "the database has the name that target says",
            "tables": "tables keep their names; rename them in the target afterwards",
        ],
        make: { _ in RenamingSpec() },
        fields: [
            Field(
                "schemas",
                \.schemas,
                .map(of: .schemaName),
                "New names by the schemas of the source, whose old names are free in the target."
            )
        ]
    )

    /// Returns the renaming after telling what is wrong with it.
    func value(_ type: MigrationType, at range: SourceRange, collector: inout DiagnosticCollector) -> SchemaRenaming {
        let entries = schemas?.value ?? []
        let names = entries.map { ($0.name.value, $0.value.value) }
        let renaming = SchemaRenaming(Dictionary(names) { first, _ in first })
        func tell(_ message: String, at place: SourceRange, help: String) {
            collector.emit(Diagnostic(.badRenaming, message, at: place, help: help))
        }
        if type == .fullAndIncremental, !renaming.isEmpty {
            tell(
                "Changes are followed by the names that tables have in the source, so their schemas keep them.",
                at: range,
                help: "write type: full, or rename in the target after the cut-over: ALTER SCHEMA ... RENAME TO ..."
            )
        }
        var taken: [String: String] = [:]
        for entry in entries {
            let (old, new) = (entry.name.value, entry.value)
            if old == new.value {
                tell("The schema \(old) is renamed to its own name.", at: new.range, help: "leave it out")
            } else if let other = taken[new.value] {
                tell(
                    "\(other) and \(old) would both be called \(new.value).",
                    at: new.range,
                    help: "choose another name for one of them"
                )
            }
            taken[new.value] = old
        }
        let isNamedAnew = renaming.schemas.allSatisfy { $0 != $1 }
        if isNamedAnew, renaming.steps.count < renaming.schemas.count {
            tell(
                "Schemas that swap their names in a circle cannot be renamed one after another.",
                at: schemas?.range ?? range,
                help: "choose a new name for one of them"
            )
        }
        return renaming
    }
}

extension ValueType where Value == String {
    /// A name that a schema can be given.
    fileprivate static var schemaName: ValueType {
        .text(named: "name of a schema", minimumLength: 1, maximumLength: 63) { name in
            if name.isEmpty { return "A name has at least one letter." }
            if name.hasPrefix("pg_") { return "PostgreSQL keeps names that begin with pg_ for itself." }
            return name.utf8.count > 63 ? "A name has 63 bytes at most." : nil
        }
    }
}
