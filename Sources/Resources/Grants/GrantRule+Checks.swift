import Diagnostics
import SpecSchema

extension GrantRule {
    /// Tells what no server of the major would take.
    func check(major: Int, collector: inout DiagnosticCollector) {
        checkGrantee(&collector)
        checkObjects(major: major, &collector)
        checkPrivileges(major: major, &collector)
    }

    private func checkGrantee(_ collector: inout DiagnosticCollector) {
        if isWithheld, grantee.value != Self.everybody {
            collector.emitBadValue(
                "Privileges are withheld from everybody, not from \(grantee.value).",
                at: grantee.range,
                help: "write to: public; what an account has beyond its documents goes with grantMode: exact"
            )
        }
        if let isGrantable, isGrantable.value, grantee.value == Self.everybody {
            collector.emitBadValue(
                "PostgreSQL lets only roles pass a privilege on, not \(Self.everybody).",
                at: isGrantable.range,
                help: "take grantable out, or name the roles that may pass it on in an entry of their own"
            )
        }
    }

    private func checkObjects(major: Int, _ collector: inout DiagnosticCollector) {
        if kind == .futureLargeObject, major < 18 {
            collector.emitBadValue("Large objects have default privileges from PostgreSQL 18 on.", at: range)
        }
        if case .named(.largeObject, _, let names) = selection {
            for name in names where UInt32(name.value) == nil {
                collector.emitBadValue("A large object has a number; \"\(name.value)\" is none.", at: name.range)
            }
        }
        if case .named(.routine, _, let names) = selection {
            for name in names where name.value.unicodeScalars.contains("(") && RoutineSignature(name.value) == nil {
                collector.emitBadValue(
                    "\"\(name.value)\" has a parenthesis and is no routine with the types of its arguments.",
                    at: name.range,
                    help:
                        "write NAME(TYPE, TYPE); a name that has parentheses itself needs its arguments, too: a(b)(text)"
                )
            }
        }
        if case .named(.parameter, _, let names) = selection {
            for name in names where !Self.isParameter(name.value, major: major) {
                ParameterChecks.emitUnknown(name, major: major, collector: &collector)
            }
        }
    }

    private func checkPrivileges(major: Int, _ collector: inout DiagnosticCollector) {
        let possible = kind.privileges(major: major).map(\.rawValue)
        for written in privileges where written.value != Privilege.all {
            guard !possible.contains(written.value) else { continue }
            collector.emitBadValue(
                "There is no privilege \(written.value) on \(kind.isFuture ? "" : "a ")\(kind.words)\(written.value == "MAINTAIN" ? " before PostgreSQL 17" : "").",
                at: written.range,
                help: "there are \(possible.joined(separator: ", "))\(remedy(for: written.value, major: major))"
            )
        }
    }

    /// What to write when a privilege was meant for what is in a database or schema, not for itself.
    private func remedy(for privilege: String, major: Int) -> String {
        guard [.database, .schema].contains(kind) else { return "" }
        let inside: [(key: String, kind: GrantTarget.Kind)] = [
            ("tables", .table), ("sequences", .sequence), ("routines", .routine),
        ]
        let key = inside.first { $0.kind.privileges(major: major).contains { $0.rawValue == privilege } }?.key
        return key.map { "; for \(privilege) on \($0), the entry needs a schema and \($0): all, or their names" } ?? ""
    }

    /// Whether privileges can be on a parameter of that name: one that the major has, or one of an extension.
    package static func isParameter(_ name: String, major: Int) -> Bool {
        ParameterCatalogue.definition(of: name, major: major) != nil || unlistedParameters.contains(name.lowercased())
            || ParameterChecks.isExtensionParameter(name)
    }

    /// The parameters that `pg_settings` does not list, and so the catalogue does not.
    private static let unlistedParameters: Set<String> = ["is_superuser", "role", "seed", "session_authorization"]
}
