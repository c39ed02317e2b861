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
        var shown = definition?.shown(observed.setting) ?? observed.setting
        let isNext = observed.waiting.map { isSame(assignment.value, $0, definition) }
        if let waiting = observed.waiting, isNext == false { shown += ", \(waiting) after the next restart" }
        if isSame(assignment.value, observed.setting, definition) || isAsWritten(assignment.value, observed, applied) {
            // The server may run with the right value, and get another one from its files at the next restart.
            guard observed.isPendingRestart, isNext != true else { return nil }
            return Difference(
                path,
                observed: observed.waiting == nil ? "\(shown), another value after the next restart" : shown,
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
        if observed.isPendingRestart, isNext != false { difference.isPendingRestart = true }
        return difference
    }

    /// Whether a value is a setting, however they are written.
    private static func isSame(_ value: String, _ setting: String, _ definition: ParameterDefinition?) -> Bool {
        if value == setting { return true }
        guard let definition, definition.kind != .string, let one = try? definition.normalise(value) else {
            return false
        }
        let other = (try? definition.normalise(setting)) ?? setting
        return one == other || definition.kind == .real && Double(one) == Double(other)
    }

    /// Whether all there is to go by is what was written last: our own session was given something else, which hides the
    /// server's value, or the server spells it in its own way.
    private static func isAsWritten(_ value: String, _ observed: ObservedParameter, _ applied: AppliedParameter?)
        -> Bool
    {
        guard let applied, applied.written == value else { return false }
        return observed.isOverridden || applied.became == observed.setting && !observed.isPendingRestart
    }

    private static func reset(_ observed: ObservedParameter) -> Difference? {
        let isKnown = observed.waiting != nil || observed.isTakenOut ?? false
        let isWritten = [isKnown ? observed.waitingFile : observed.file].contains(where: ManagedFile.isWritten)
        guard isWritten || ManagedFile.isWritten(observed.file) else { return nil }
        var difference = Difference(
            "parameters.\(observed.name)",
            observed: observed.definition?.shown(observed.setting) ?? observed.setting,
            desired: nil,
            impact: ManagedFile.isWritten(observed.file) ? impact(of: observed) : .reload
        )
        // It has been taken out of the file, and the server has not been restarted since.
        if !isWritten { difference.isPendingRestart = true }
        return difference
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

    /// The files beside it with what the provider itself sets.
    static func isProviders(_ path: String) -> Bool { !isOurs(path) && path.contains("/conf.d/") }

    /// Whether it is a file that pgsteer writes parameters to.
    static func isWritten(_ path: String?) -> Bool { path.map { isOurs($0) || isSystems($0) } ?? false }

    /// The file that ALTER SYSTEM writes: what was applied to a server that exists without pgsteer stands there.
    package static func isSystems(_ path: String) -> Bool { path.hasSuffix("/postgresql.auto.conf") }
}
