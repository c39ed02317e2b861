package import Diagnostics
import SpecSchema

extension DiagnosticCode {
    package static let unknownParameter = DiagnosticCode("PGS-030", "Unknown parameter")
    package static let badParameterValue = DiagnosticCode("PGS-031", "Parameter value not allowed")
    package static let reservedParameter = DiagnosticCode("PGS-032", "Parameter is not the user's")
    package static let riskyParameter = DiagnosticCode("PGS-033", "Parameter risks data")
}

/// Checks what a specification sets against the catalogue of a major, without any server.
enum ParameterChecks {
    /// Parameters whose wrong value loses or damages data; allowed, with a warning.
    private static let risky: [String: String] = [
        "fsync": "with fsync off, a crash of the machine can damage the data beyond repair",
        "full_page_writes": "with full_page_writes off, a crash of the machine can damage the data beyond repair",
        "ignore_checksum_failure": "damaged pages are then read as if they were sound",
        "zero_damaged_pages": "damaged pages are then emptied",
    ]

    /// Returns the assignments that may be used; what is wrong with the others goes to the collector.
    ///
    /// - Parameter user: Who uses the value, for a value that stands in a template: a note at that place.
    static func check(
        _ values: [NamedValue<String>],
        major: Int,
        origin: ParameterAssignment.Origin,
        user: Diagnostic.Note? = nil,
        collector: inout DiagnosticCollector
    ) -> [ParameterAssignment] {
        var places: [String: SourceRange] = [:]
        return values.compactMap { value in
            // Names are not case-sensitive on the server, keys of a mapping are.
            if let first = places.updateValue(value.name.range, forKey: value.name.value.lowercased()) {
                emitDuplicate(value.name, first, &collector)
                return nil
            }
            guard let assignment = named(value, major: major, origin: origin, user: user, collector: &collector) else {
                return nil
            }
            guard let definition = assignment.definition else { return assignment }
            do throws(ParameterDefinition.Refusal) {
                let normalised = try definition.normalise(assignment.value)
                warn(of: assignment, normalised: normalised, collector: &collector)
                return assignment
            } catch {
                collector.emit(
                    Diagnostic(
                        .badParameterValue,
                        error.detail,
                        at: value.value.range,
                        notes: [user].compactMap(\.self),
                        help: error.help
                    )
                )
                return nil
            }
        }
    }

    static func emitDuplicate(
        _ name: Located<String>,
        _ first: SourceRange,
        _ collector: inout DiagnosticCollector
    ) {
        collector.emit(
            Diagnostic(
                .duplicateResource,
                "The parameter \(name.value) is set twice; the case of letters is not significant.",
                at: name.range,
                notes: [Diagnostic.Note("first set here", at: first)],
                help: "keep one of the two"
            )
        )
    }

    private static func named(
        _ value: NamedValue<String>,
        major: Int,
        origin: ParameterAssignment.Origin,
        user: Diagnostic.Note?,
        collector: inout DiagnosticCollector
    ) -> ParameterAssignment? {
        let name = value.name.value
        let notes = [user].compactMap(\.self)
        let definition = ParameterCatalogue.definition(of: name, major: major)
        let fixed = definition?.context == .internal ? "it is fixed when the data is made" : nil
        if let reason = ReservedParameters.reason(for: name) ?? fixed {
            let detail = "\(name) cannot be set here: \(reason)."
            collector.emit(Diagnostic(.reservedParameter, detail, at: value.name.range, notes: notes))
            return nil
        }
        if value.value.value.hasControlCharacter {
            let detail = "The value of \(name) has a line break or another control character."
            collector.emit(Diagnostic(.badParameterValue, detail, at: value.value.range, notes: notes))
            return nil
        }
        if definition == nil, !isExtensionParameter(name) {
            emitUnknown(value.name, major: major, notes: notes, collector: &collector)
            return nil
        }
        return ParameterAssignment(
            name: definition?.name ?? name,
            value: value.value.value,
            range: value.value.range,
            origin: origin,
            definition: definition
        )
    }

    /// Tells that a major has no parameter of a name, and what was meant.
    static func emitUnknown(
        _ written: Located<String>,
        major: Int,
        notes: [Diagnostic.Note] = [],
        collector: inout DiagnosticCollector
    ) {
        let name = written.value
        let others = ParameterCatalogue.majors.filter { ParameterCatalogue.definition(of: name, major: $0) != nil }
        let elsewhere =
            others.isEmpty
            ? nil
            : "PostgreSQL \(others.map(String.init).joined(separator: ", ")) \(others.count == 1 ? "has" : "have") it"
        let names = ParameterCatalogue.definitions(major: major).values.lazy.map(\.name)
        collector.emit(
            Diagnostic(
                .unknownParameter,
                "PostgreSQL \(major) has no parameter \"\(name)\".",
                at: written.range,
                notes: notes,
                help: elsewhere ?? collector.question(name, among: names)
            )
        )
    }

    /// A name with one dot belongs to an extension (PostgreSQL manual, section 20.16).
    static func isExtensionParameter(_ name: String) -> Bool {
        // By hand, since a regular expression is compiled each time.
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count > 1
            && parts.allSatisfy { part in
                part.first.map { isLetter($0) } ?? false
                    && part.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "$") }
            }
    }

    /// PostgreSQL counts every byte beyond ASCII as a letter (guc-file.l).
    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_") || byte >= 128
    }

    private static func warn(
        of assignment: ParameterAssignment,
        normalised: String,
        collector: inout DiagnosticCollector
    ) {
        guard let reason = risky[assignment.name], normalised != assignment.definition?.defaultValue else { return }
        collector.emit(
            Diagnostic(
                .riskyParameter,
                "\(assignment.name) is set to \(normalised): \(reason).",
                at: assignment.range,
                severity: .warning
            )
        )
    }
}
