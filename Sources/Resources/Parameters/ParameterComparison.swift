package import FleetModel

/// Compares parameters three ways: what is desired, what the server has, what pgsteer last applied.
package enum ParameterComparison {
    /// Returns the parameters to set or to put back, by name.
    ///
    /// A parameter that is desired by nobody any more is put back only where the file that pgsteer wrote it to still sets
    /// it; a value that somebody else set elsewhere is left alone.
    package static func differences(
        desired: [ParameterAssignment],
        observed: [String: ObservedParameter],
        applied: [String: AppliedParameter]
    ) -> [Difference] {
        let wanted = Set(desired.map(\.name))
        let put = desired.compactMap { difference(of: $0, observed: observed[$0.name], applied: applied[$0.name]) }
        let back = applied.keys.filter { !wanted.contains($0) }
            .compactMap { name in
                observed[name].flatMap(reset)
            }
        return (put + back).sorted { $0.path < $1.path }
    }

    private static func difference(
        of assignment: ParameterAssignment,
        observed: ObservedParameter?,
        applied: AppliedParameter?
    ) -> Difference? {
        let path = "parameters.\(assignment.name)"
        guard let observed else {
            // A parameter of an extension that is not loaded: the server learns of it from the file.
            if applied?.written == assignment.value { return nil }
            return Difference(path, observed: nil, desired: assignment.value, impact: .reload, source: assignment.range)
        }
        let definition = assignment.definition ?? observed.definition
        let shown = definition?.shown(observed.setting) ?? observed.setting
        if isEqual(assignment.value, observed, definition: definition, applied: applied) {
            // The server runs with the right value, and the next restart would give it another one.
            guard observed.isPendingRestart else { return nil }
            return Difference(
                path,
                observed: "\(shown), another value after the next restart",
                desired: assignment.value,
                impact: .reload,
                source: assignment.range
            )
        }
        var difference = Difference(
            path,
            observed: shown,
            desired: assignment.value,
            impact: impact(of: observed),
            source: assignment.range
        )
        if observed.isPendingRestart { difference.isPendingRestart = true }
        return difference
    }

    private static func isEqual(
        _ value: String,
        _ observed: ObservedParameter,
        definition: ParameterDefinition?,
        applied: AppliedParameter?
    ) -> Bool {
        // What our own session was given instead hides the server's value; what was written last is all there is to go by.
        if observed.isOverridden, applied?.written == value { return true }
        if let definition, definition.kind != .string {
            guard let normalised = try? definition.normalise(value) else { return false }
            if normalised == observed.setting { return true }
            if definition.kind == .real { return Double(normalised) == Double(observed.setting) }
        }
        if value == observed.setting { return true }
        return applied?.written == value && applied?.became == observed.setting
    }

    private static func reset(_ observed: ObservedParameter) -> Difference? {
        guard let file = observed.file, ManagedFile.isOurs(file) || ManagedFile.isSystems(file) else { return nil }
        return Difference(
            "parameters.\(observed.name)",
            observed: observed.definition?.shown(observed.setting) ?? observed.setting,
            desired: nil,
            impact: impact(of: observed)
        )
    }

    /// What the running server itself says is trusted more than any catalogue.
    private static func impact(of observed: ObservedParameter) -> Impact {
        ParameterDefinition.Context(rawValue: observed.context)?.impact ?? .reload
    }
}

/// The one configuration file of a server that is pgsteer's alone.
package enum ManagedFile {
    /// Its name below `conf.d` of the data folder.
    package static let name = "pgsteer.conf"

    static func isOurs(_ path: String) -> Bool { path.hasSuffix("/conf.d/\(name)") }

    /// The file that ALTER SYSTEM writes: what was applied to a server that exists without pgsteer stands there.
    static func isSystems(_ path: String) -> Bool { path.hasSuffix("/postgresql.auto.conf") }
}
