package import Providers
package import Resources

/// Who works on migrations when a plan asks for it.
package protocol MigrationWorker: Sendable {
    /// Begins a migration or goes on with it until nothing is left that it can do by itself.
    func work(on migration: Migration) async throws -> ProviderOutcome
}
