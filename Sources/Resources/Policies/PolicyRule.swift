package import Diagnostics
package import SpecSchema

/// A rule of `Fleet.spec.policy`: which instances it is about and what it demands of them.
package struct PolicyRule: Sendable {
    /// Where the rule stands and what it is called.
    package var name: Located<String>
    package var selector: PolicySelector
    package var demand: PolicyDemand
    package var severity: Diagnostic.Severity
    /// What those who break it are told, instead of pgsteer's own advice.
    package var message: String?

    /// Returns a diagnostic that says how an instance breaks the rule.
    ///
    /// - Parameters:
    ///   - problem: What is wrong, as the end of a sentence: `it has a public endpoint`.
    ///   - range: The line that is at fault.
    ///   - help: What to do, for a rule without a message.
    package func violation(
        _ code: DiagnosticCode,
        of instance: String,
        _ problem: String,
        at range: SourceRange?,
        help: String?
    ) -> Diagnostic {
        Diagnostic(
            code,
            "Instance/\(instance) breaks the rule \"\(name.value)\": \(problem).",
            at: range,
            severity: severity,
            notes: [Diagnostic.Note("the rule", at: name.range)],
            help: message ?? help
        )
    }
}

/// Which instances a rule is about: those that everything matches; all of them when nothing is written.
package struct PolicySelector: Sendable {
    package var names: Located<[Located<String>]>?
    package var projects: Located<[Located<String>]>?
    package var tags: Located<[NamedValue<String>]>?
    package var except: Located<[Located<String>]>?

    package init() {}

    /// Where the list stands that no instance can be in; nil when there is none. An instance without a project is in "".
    var matchesNothing: SourceRange? {
        if let names, names.value.allSatisfy(\.value.isEmpty) { return names.range }
        if let projects, projects.value.isEmpty { return projects.range }
        return nil
    }

    package func matches(_ instance: Instance) -> Bool {
        func isAmong(_ globs: Located<[Located<String>]>?, _ text: String) -> Bool? {
            globs.map { $0.value.contains { NameGlob($0.value).matches(text) } }
        }
        let own = Dictionary(
            (instance.tags?.value ?? []).map { ($0.name.value, $0.value.value) }
        ) { first, _ in first }
        let hasTags = (tags?.value ?? [])
            .allSatisfy { tag in
                own[tag.name.value].map { NameGlob(tag.value.value).matches($0) } ?? false
            }
        return hasTags && isAmong(names, instance.name) ?? true
            && isAmong(projects, instance.project?.value ?? "") ?? true
            && !(isAmong(except, instance.name) ?? false)
    }

    static let schema = ObjectSchema<PolicySelector>(
        "match",
        "Which instances the rule is about; everything that is written must match. * stands for any characters.",
        isStrict: true,
        make: { _ in PolicySelector() },
        fields: [
            Field("names", \.names, .oneOrMore(.text), "Names of instances: orders, shop-*."),
            Field("projects", \.projects, .oneOrMore(.text), "Projects (metadata.project)."),
            Field("tags", \.tags, .map(of: .scalarText), "Tags that an instance must all have (metadata.tags)."),
            Field("except", \.except, .oneOrMore(.text), "Names of instances that the rule is not about."),
        ]
    )
}

/// A name in which `*` stands for any characters, also none.
struct NameGlob {
    private let parts: [Substring]

    init(_ pattern: String) {
        parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    }

    /// Each part is found as early as possible; no pattern takes more than one walk over the name.
    func matches(_ name: String) -> Bool {
        guard parts.count > 1, let first = parts.first, let last = parts.last else {
            return parts.first.map { $0 == name } ?? false
        }
        guard name.hasPrefix(first) else { return false }
        var rest = name.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
