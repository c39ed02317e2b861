import Migrating
import Notifying
import Providers
import Resources
import SideEffects

/// Tells the notifier of a loop which migrations of the home wait for their completion; only reads what is written down.
struct ReadyMigrations: Sendable {
    let home: LocalHome
    let effects: SideEffectCounter

    private static let interval = Duration.seconds(5)

    /// Watches until the task is cancelled.
    func run(_ notifier: Notifier) async {
        while !Task.isCancelled {
            look(notifier)
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Looks once.
    func look(_ notifier: Notifier) {
        let files = LocalFiles(effects: effects)
        for name in MigrationFolder.names(in: home) {
            // A record that cannot be read is told by those who work with it.
            guard let state = try? MigrationFolder(name: name, home: home, files: files).task()?.state else { continue }
            // Falling behind for a moment is no news.
            notifier.sawMigration(name, isReady: state == .incrementalSync ? nil : state == .readyToComplete)
        }
    }
}
