import TestSupport
import Testing

/// A server of each of several majors, which many migrations share: each has a database of its own on its ends.
struct ServerSet: Sendable {
    private let servers: [Int: ScratchServer]

    /// For several migrations at the same time, and both directions of each.
    static let settings = [
        "wal_level": "logical", "max_prepared_transactions": "2", "max_connections": "120", "max_wal_senders": "30",
        "max_replication_slots": "30", "max_worker_processes": "40", "max_logical_replication_workers": "16",
        "wal_retrieve_retry_interval": "200ms",
    ]

    static func with(_ majors: [Int], _ body: (ServerSet) async throws -> Void) async throws {
        try await with(majors[...], [:], body)
    }

    private static func with(
        _ majors: ArraySlice<Int>,
        _ started: [Int: ScratchServer],
        _ body: (ServerSet) async throws -> Void
    ) async throws {
        guard let major = majors.first else { return try await body(ServerSet(servers: started)) }
        try await ScratchServer.with(major, logStatements: "none", settings: settings) { server in
            try await server.run(NastyDatabase.roles + "CREATE ROLE clerk LOGIN")
            try await with(majors.dropFirst(), started.merging([major: server]) { $1 }, body)
        }
    }

    subscript(major: Int) -> ScratchServer {
        get throws { try #require(servers[major], "there is no server of PostgreSQL \(major)") }
    }

    /// The server of the newest major, whose programs read what all others write.
    var newest: ScratchServer { get throws { try self[servers.keys.max() ?? 0] } }

    /// Every two different majors, in both directions.
    static func pairs(of majors: [Int] = PostgresInstallations.majors) -> [(from: Int, to: Int)] {
        majors.flatMap { from in majors.filter { $0 != from }.map { (from, $0) } }
    }

    /// Runs a body for each pair, several at the same time; one that throws is an issue and leaves the others alone.
    ///
    /// - Parameter body: Gets a home, with a source and a target and the name of a database that neither has yet.
    func each(
        _ pairs: [(from: Int, to: Int)],
        atOnce: Int = 3,
        _ body: @escaping @Sendable (MigrationHome) async throws -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for (number, pair) in pairs.enumerated() {
                if number >= atOnce { _ = await group.next() }
                group.addTask {
                    do {
                        let (source, target) = (try self[pair.from], try self[pair.to])
                        try await TemporaryHome.with { home in
                            try await body(
                                MigrationHome(
                                    home: home,
                                    source: source,
                                    target: target,
                                    database: "shop_\(pair.from)_\(pair.to)"
                                )
                            )
                        }
                    } catch {
                        Issue.record("\(pair.from) to \(pair.to): \(error)")
                    }
                }
            }
        }
    }
}
