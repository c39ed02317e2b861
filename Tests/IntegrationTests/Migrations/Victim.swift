import Glibc
import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Who is taken away from a migration at work.
enum Victim: CaseIterable {
    case tool, sourceSession, targetSession, sourceServer, targetServer, network

    /// Takes it away without asking, and returns when both servers serve again.
    ///
    /// - Parameter tool: The process of pgsteer.
    func strike(_ place: MigrationHome, tool: pid_t) async throws {
        switch self {
        case .tool: kill(tool, SIGKILL)
        case .sourceSession: await Self.killSession(of: place.source, place.database)
        case .targetSession: await Self.killSession(of: place.target, place.database)
        case .sourceServer: try await place.source.killAndStart()
        case .targetServer: try await place.target.killAndStart()
        case .network:
            for server in [place.source, place.target] {
                _ = try? await server.query("SELECT pg_terminate_backend(pid) FROM \(Self.sessions(place.database))")
            }
        }
        for server in [place.source, place.target] { try await server.awaitService() }
    }

    /// Those of pgsteer, what sends changes, and what applies them.
    private static func sessions(_ database: String) -> Statement {
        """
        pg_stat_activity WHERE datname = \(literal: database) AND pid <> pg_backend_pid()
          AND (application_name LIKE 'pgsteer\\_%' OR backend_type LIKE 'logical replication%worker')
        """
    }

    private static func killSession(of server: ScratchServer, _ database: String) async {
        let found = try? await server.query("SELECT pid FROM \(sessions(database)) ORDER BY random() LIMIT 1")
        if let processID = found?.first?.integer("pid") { kill(pid_t(processID), SIGKILL) }
    }
}

extension ScratchServer {
    /// Starts a server that has ended.
    func start() async throws {
        try await program("pg_ctl", ["-D", folder + "/data", "-s", "-w", "-l", folder + "/log", "start"])
    }

    /// Kills the server and starts it again.
    func killAndStart() async throws {
        let data = folder + "/data"
        let text = try String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8)
        let processID = try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
        kill(processID, SIGKILL)
        // Its sessions notice it one after the other; until then the memory is in use.
        for attempt in 0... {
            do {
                return try await start()
            } catch {
                guard attempt < 200 else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Returns when the server takes sessions.
    func awaitService() async throws {
        for attempt in 0... {
            do {
                _ = try await query("SELECT 1")
                return
            } catch {
                guard attempt < 600 else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
