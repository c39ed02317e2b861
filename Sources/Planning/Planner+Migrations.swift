import FleetModel
import Resources
import SpecSchema

extension Planner {
    /// Plans to begin what is declared and has not begun, and to go on with what was interrupted.
    ///
    /// A migration that waits for a person is not touched: one that is paused, was cancelled, or is ready to complete.
    func planMigrations(_ changes: inout [Change], _ actions: inout ActionList) {
        for migration in desired.migrations.values.sorted(by: { $0.name.value < $1.name.value }) {
            let state = observed.migrations[migration.name.value]
            guard isDue(migration), state.map(Self.goesOn) ?? true else { continue }
            let change = Change(
                migration.id,
                state == nil ? .create : .update,
                because: state == nil ? .absent : .unfinished,
                source: migration.range,
                differences: [
                    Difference(
                        "state",
                        observed: state?.rawValue,
                        desired: Self.goal(of: migration).rawValue,
                        source: migration.type.range
                    )
                ]
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

    private func isDue(_ migration: Migration) -> Bool {
        switch migration.start {
        case .now: true
        case .at(let seconds): options.now >= seconds
        }
    }

    private static func goesOn(_ state: MigrationState) -> Bool {
        switch state {
        case .completed, .cancelled, .paused, .readyToComplete: false
        case .checking, .checkFailed, .checkPassed, .preparing, .structure, .fullCopy, .incrementalSync, .completing,
            .failed:
            true
        }
    }

    private static func goal(of migration: Migration) -> MigrationState {
        migration.type.value == .fullAndIncremental && migration.cutover.when == .manual ? .readyToComplete : .completed
    }
}
