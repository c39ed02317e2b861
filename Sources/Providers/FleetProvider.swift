package import Backups
package import FleetModel
package import PostgresClient

/// All instances of a fleet: those that pgsteer keeps on this host, and servers that exist without it.
package struct FleetProvider: InstanceProvider {
    package let local: LocalProvider
    private let external: ExternalProvider

    package init(local: LocalProvider, external: ExternalProvider) {
        self.local = local
        self.external = external
    }

    /// Whether the instance is kept on this host, and not just reached.
    package func isLocal(_ name: String) -> Bool { !external.keeps(name) }

    private func provider(of name: String) -> any InstanceProvider { external.keeps(name) ? external : local }

    package func observe() async throws -> [String: InstanceObservation] {
        async let servers = external.observe()
        return try await local.observe().merging(servers) { _, server in server }
    }

    package func observe(_ name: String) async throws -> InstanceObservation? {
        try await provider(of: name).observe(name)
    }

    package func perform(_ operation: ProviderOperation, on name: String) async throws -> ProviderOutcome {
        try await provider(of: name).perform(operation, on: name)
    }

    package func archives() async throws -> [ObservedArchive] { try await local.archives() }

    package func administration(of name: String, node: Int?) async throws -> ConnectionTarget {
        try await provider(of: name).administration(of: name, node: node)
    }
}
