import Diagnostics
import SpecSchema

/// The parameters that instances share, checked once for each major and not once for each instance.
struct SharedParameters {
    private let defaults: InstanceDefaults
    private let templates: [String: ParameterTemplate]
    private var fleet: [Int: [ParameterAssignment]] = [:]
    private var checked: [Key: [ParameterAssignment]] = [:]

    private struct Key: Hashable {
        var template: String
        var major: Int
    }

    init(defaults: InstanceDefaults, templates: [String: ParameterTemplate]) {
        self.defaults = defaults
        self.templates = templates
    }

    /// Returns the parameters that an instance gets from the fleet and from its template, the template's last.
    ///
    /// The first instance that uses a parameter is told with its mistakes.
    mutating func inherited(
        by instance: InstanceDeclaration,
        collector: inout DiagnosticCollector
    ) -> [ParameterAssignment] {
        guard let major = (instance.spec.version ?? defaults.version)?.value else { return [] }
        let user = Diagnostic.Note("used by Instance/\(instance.name), PostgreSQL \(major)", at: instance.range)
        let parameters = ofFleet(major: major, user: user, collector: &collector)
        guard let reference = instance.spec.parameterTemplate ?? defaults.parameterTemplate else { return parameters }
        return parameters + ofTemplate(reference, major: major, user: user, collector: &collector)
    }

    /// Returns the fleet's default parameters.
    ///
    /// - Parameter user: Who uses them; told with the first mistake.
    private mutating func ofFleet(
        major: Int,
        user: Diagnostic.Note,
        collector: inout DiagnosticCollector
    ) -> [ParameterAssignment] {
        if let known = fleet[major] { return known }
        let values = defaults.parameters?.value ?? []
        let result = ParameterChecks.check(values, major: major, origin: .fleet, user: user, collector: &collector)
        fleet[major] = result
        return result
    }

    /// Returns a template's parameters; a template that is declared nowhere has none, and is told.
    private mutating func ofTemplate(
        _ reference: Located<String>,
        major: Int,
        user: Diagnostic.Note,
        collector: inout DiagnosticCollector
    ) -> [ParameterAssignment] {
        guard let template = templates[reference.value] else {
            emitDangling(reference, collector: &collector)
            return []
        }
        let key = Key(template: reference.value, major: major)
        if let known = checked[key] { return known }
        let result = ParameterChecks.check(
            template.parameters,
            major: major,
            origin: .template(reference.value),
            user: user,
            collector: &collector
        )
        checked[key] = result
        return result
    }

    private func emitDangling(_ reference: Located<String>, collector: inout DiagnosticCollector) {
        collector.emit(
            Diagnostic(
                .danglingReference,
                "ParameterTemplate \"\(reference.value)\" is declared nowhere.",
                at: reference.range,
                help: collector.suggestion(reference.value, among: templates.keys)
            )
        )
    }
}
