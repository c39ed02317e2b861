import Diagnostics
import FleetModel
import Resources
import SpecSchema

extension Planner {
    /// Plans to begin what is declared and has not begun, and to go on with what was interrupted.
    ///
    /// A migration that waits for a person is not touched: one that is paused, was cancelled, is ready to
    /// complete, or has a way back.
    func planMigrations(_ changes: inout [Change], _ actions: inout ActionList) {
        for migration in desired.migrations.values.sorted(by: { $0.name.value < $1.name.value }) {
            let state = observed.migrations[migration.name.value]
            guard isDue(migration), state.map({ goesOn(migration, $0) }) ?? true else { continue }
            let change = Change(
                migration.id,
                state == nil ? .create : .update,
                because: state == nil ? .absent : .unfinished,
                source: migration.range,
                differences: [
                    Difference(
                        "state",
                        observed: state?.rawValue,
                        desired: goal(of: migration).rawValue,
                        source: migration.type.range
                    )
                ],
                note: [migration.methodChoice.sentence, endpointNote(migration)].compactMap(\.self)
                    .joined(separator: "; ")
            )
            changes.append(change)
            let ends = [migration.source.value.instance, migration.target.value.instance].compactMap(\.self)
            let before = actions.actions.filter {
                ends.contains($0.resource.instance) && $0.resource.kind != Migration.kind
            }
            actions.add(
                .migrate,
                for: change,
                "\(state == nil ? "migrate" : "go on migrating") \(migration.name.value): \(migration.type.value.rawValue), \(migration.source.value) to \(migration.target.value)",
                after: before.map(\.id)
            )
        }
    }

    /// Tells of documents that were changed after their migration has begun: what they say now is not done.
    func warnOfOtherMigrations(_ collector: inout DiagnosticCollector) {
        for (name, begun) in observed.otherMigrations {
            guard let migration = desired.migrations[name] else { continue }
            let isOver = observed.migrations[name]?.isFinal ?? false
            let cancelling = isOver ? "" : "pgsteer migration cancel \(name), and "
            collector.emit(
                Diagnostic(
                    .otherMigration,
                    "\(migration.id) has begun as \(begun); its document says something else now, which is not done.",
                    at: migration.range,
                    severity: .warning,
                    help: "put the document back, or begin anew after \(cancelling)pgsteer migration delete \(name)"
                )
            )
        }
    }

    /// Tells of migrations that go on taking the source's disk, and that nobody works on any more.
    func warnOfUndeclaredMigrations(_ collector: inout DiagnosticCollector) {
        for (name, place) in observed.undeclaredMigrations {
            collector.emit(
                Diagnostic(
                    .undeclaredMigration,
                    "The migration \(name) has begun (\(place)), and no document declares it: nothing works on it, and its source keeps its log for it.",
                    at: nil,
                    severity: .warning,
                    help: "put its document back; to end it, then run: pgsteer migration cancel \(name)"
                )
            )
        }
    }

    /// What becomes of the endpoint of the source, as far as it can be told before the cut-over; nil where there is nothing to
    /// tell.
    private func endpointNote(_ migration: Migration) -> String? {
        guard migration.type.value == .fullAndIncremental, migration.cutover.endpoint != .keep,
            let source = migration.source.value.instance, let target = migration.target.value.instance,
            source != target,
            ![source, target].contains(where: { desired.instances[$0]?.connection != nil })
        else { return nil }
        if let reason = migration.endpointObstacle { return "the endpoint of \(source) stays with it: \(reason)" }
        let address = observed.instances[source]?.placement.endpoint.map { " \($0.shown)" } ?? ""
        let others = databasesBeside(migration.source.value)
        let condition = others.isEmpty ? "" : ", unless there are tables in \(others.joined(separator: ", "))"
        return "the endpoint\(address) of \(source) leads to \(target) after the cut-over\(condition)"
    }

    /// The databases of an instance that are not moved, as far as they may have tables.
    private func databasesBeside(_ source: MigrationEnd) -> [String] {
        guard case .instance(let name, let database) = source else { return [] }
        return (observed.instances[name]?.server?.observed(Database.self) ?? [])
            .filter { $0.object.isOrdinary && ![database, "postgres"].contains($0.id.name) }
            .map(\.id.name).sorted()
    }

    private func isDue(_ migration: Migration) -> Bool {
        switch migration.start {
        case .now: true
        case .at(let seconds): options.now >= seconds
        }
    }

    private func goesOn(_ migration: Migration, _ state: MigrationState) -> Bool {
        state.goesOnByItself || state == .readyToComplete && cutsOver(migration)
    }

    /// Whether the writes would go over by themselves now.
    private func cutsOver(_ migration: Migration) -> Bool {
        switch migration.cutover.when {
        case .manual: false
        case .automatic: true
        case .window: observed.openCutovers.contains(migration.name.value)
        }
    }

    private func goal(of migration: Migration) -> MigrationState {
        guard migration.type.value == .fullAndIncremental else { return .completed }
        if !cutsOver(migration) { return .readyToComplete }
        return migration.cutover.rollback == .keep ? .wayBackOpen : .completed
    }
}
