import Diagnostics
import FleetModel
import SQL
package import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Parameters that sessions of a role, of a database, or of a role in a database start with (PostgreSQL manual, ALTER
/// ROLE and ALTER DATABASE: `SET`).
package struct SessionSettings: Sendable {
    /// In the order they were written.
    package var values: [NamedValue<String>]

    /// Names are spelled as the server spells them, which stores them so; they are not case-sensitive.
    package init(_ values: [NamedValue<String>]) {
        self.values = values.map { value in
            let name = ParameterCatalogue.newestDefinition(of: value.name.value)?.name ?? value.name.value
            return NamedValue(name: Located(name, at: value.name.range), value: value.value)
        }
    }
}

extension SessionSettings {
    /// What an instance remembers of them: the names of those that were set.
    var names: [String] { values.map(\.name.value).sorted() }

    /// Returns the settings in which the two differ.
    ///
    /// - Parameters:
    ///   - path: The attribute that they are: `settings`.
    ///   - applied: The names that pgsteer set; those no longer desired are reset.
    static func differences(
        _ path: String,
        observed: [String: String],
        desired: SessionSettings?,
        applied: [String]
    ) -> [Difference] {
        let spellings = Dictionary(grouping: observed.keys) { $0.lowercased() }.mapValues { $0.sorted() }
        let wanted = Set((desired?.values ?? []).map { $0.name.value.lowercased() })
        let put = (desired?.values ?? [])
            .flatMap { setting in
                differences(path, of: setting, observed, spellings[setting.name.value.lowercased()] ?? [])
            }
        let back = Set(applied.map { $0.lowercased() }).subtracting(wanted).flatMap { spellings[$0] ?? [] }.sorted()
            .map { Difference("\(path).\($0)", observed: observed[$0], desired: nil) }
        return put + back
    }

    /// Returns in what one setting differs.
    ///
    /// Names are not case-sensitive, but are stored as the session spelled them that set them: so the same may be set twice,
    /// by sessions that spelled it differently, and the last of them counts.
    private static func differences(
        _ path: String,
        of setting: NamedValue<String>,
        _ observed: [String: String],
        _ spellings: [String]
    ) -> [Difference] {
        let (name, value) = (setting.name.value, setting.value)
        let wrong = spellings.filter { !isEqual(name, observed[$0] ?? "", value.value) }
        func put(_ name: String) -> Difference {
            Difference("\(path).\(name)", observed: observed[name], desired: value.value, source: value.range)
        }
        if spellings.count == 1 { return wrong.map(put) }
        let back = wrong.map { Difference("\(path).\($0)", observed: observed[$0], desired: nil) }
        return wrong.count < spellings.count ? back : back + [put(name)]
    }

    /// Returns the statements for differences that ``differences(_:observed:desired:applied:)`` returned.
    ///
    /// - Parameter subject: `ALTER ROLE "app" IN DATABASE "shop"`
    static func statements(_ path: String, for differences: [Difference], subject: Statement) -> [Statement] {
        differences.filter { $0.path.hasPrefix(path + ".") }
            .map { difference in
                let name = String(difference.path.dropFirst(path.count + 1))
                guard let value = difference.desired else { return "\(subject) RESET \(parameter: name)" }
                return "\(subject) SET \(parameter: name) TO \(ParameterList.literals(of: value, for: name))"
            }
    }

    /// Equal are values that mean the same: `8MB` and `8192kB`, lists with other spaces.
    private static func isEqual(_ name: String, _ observed: String, _ desired: String) -> Bool {
        if observed.isSameName(as: desired) { return true }
        if ParameterList.isList(name) {
            let lists = [observed, desired].map { ParameterList.elements(of: $0, for: name)?.map { Name($0) } }
            return lists[0] == lists[1]
        }
        guard let definition = ParameterCatalogue.newestDefinition(of: name), definition.kind != .string else {
            return canonical(observed, of: name) == canonical(desired, of: name)
        }
        guard let left = try? definition.normalise(observed), let right = try? definition.normalise(desired) else {
            return false
        }
        return left == right
    }

    /// One way to write a text that PostgreSQL reads in several; the text itself for others.
    private static func canonical(_ value: String, of name: String) -> String {
        switch name.lowercased() {
        case "timezone": value.lowercased()
        case "datestyle": dateStyle(value)
        case "client_encoding": value.lowercased().filter { $0.isLetter || $0.isNumber }
        case "default_text_search_config": value.hasPrefix("pg_catalog.") ? String(value.dropFirst(11)) : value
        case "createrole_self_grant":
            value.split(separator: ",").map { $0.filter { !$0.isWhitespace }.lowercased() }.sorted()
                .joined(separator: ",")
        default: value
        }
    }

    /// The words of a `DateStyle`, in one order and each in one way (PostgreSQL manual, section 8.5.2 "Date/Time Output").
    private static func dateStyle(_ value: String) -> String {
        let others = [
            "us": "mdy", "noneuropean": "mdy", "noneuro": "mdy", "european": "dmy", "euro": "dmy",
        ]
        return value.lowercased().split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            .map { others[$0] ?? $0 }.sorted().joined(separator: ",")
    }

    /// Whether a setting is one with which no session starts, and that no document may therefore have.
    package static func isWithoutLibraries(_ name: String, _ value: String) -> Bool {
        ParameterList.isWithoutLibraries(value, of: name)
    }

    /// Checks names and values against the catalogue of a major; what no session may set is an error.
    func check(major: Int, collector: inout DiagnosticCollector) {
        var places: [String: SourceRange] = [:]
        for setting in values {
            let name = setting.name.value
            // Names are not case-sensitive on the server, keys of a mapping are.
            if let first = places.updateValue(setting.name.range, forKey: name.lowercased()) {
                ParameterChecks.emitDuplicate(setting.name, first, &collector)
                continue
            }
            guard let definition = ParameterCatalogue.definition(of: name, major: major) else {
                if !name.contains(".") { emitUnknown(setting.name, major: major, &collector) }
                continue
            }
            guard [.user, .superuser, .backend, .superuserBackend].contains(definition.context) else {
                let detail = "\(name) is one value for the whole server, so no role or database can have its own."
                collector.emit(
                    Diagnostic(.reservedParameter, detail, at: setting.name.range, help: "set it in parameters")
                )
                continue
            }
            if Self.isWithoutLibraries(name, setting.value.value) {
                collector.emit(
                    Diagnostic(
                        .badParameterValue,
                        "\(name) cannot be empty for a role or a database: PostgreSQL would store a library without a name, and no session would start.",
                        at: setting.value.range,
                        help: "leave it out"
                    )
                )
            }
            do throws(ParameterDefinition.Refusal) { _ = try definition.normalise(setting.value.value) } catch {
                collector.emit(
                    Diagnostic(.badParameterValue, error.detail, at: setting.value.range, help: error.help)
                )
            }
        }
    }

    private func emitUnknown(_ name: Located<String>, major: Int, _ collector: inout DiagnosticCollector) {
        let names = ParameterCatalogue.definitions(major: major).values.lazy.map(\.name)
        collector.emit(
            Diagnostic(
                .unknownParameter,
                "PostgreSQL \(major) has no parameter \"\(name.value)\".",
                at: name.range,
                help: collector.question(name.value, among: names)
            )
        )
    }

    var document: JSONValue {
        .object(Dictionary(values.map { ($0.name.value, .string($0.value.value)) }) { first, _ in first })
    }
}

extension SessionSettings {
    /// Reads the column `settings` of a row: a JSON list of what `pg_db_role_setting` stores, `name=value` texts.
    static func observed(_ row: Row) -> [String: String] {
        let texts = row["settings"].flatMap { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) } ?? []
        let pairs = texts.compactMap { text -> (String, String)? in
            guard let equals = text.firstIndex(of: "=") else { return nil }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
        return Dictionary(pairs) { _, last in last }
    }
}
