import Glibc
import PostgresClient
package import SQL
import Subprocess
import SystemPackage

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A PostgreSQL server that pgsteer did not make: in a temporary folder, reached by a Unix socket, ended with the test.
package struct ScratchServer: Sendable {
    package let major: Int
    package let folder: String
    private let binaries: String
    private let user: (id: uid_t, group: gid_t)?

    /// Runs a body with a fresh server, which is stopped and removed afterwards, also on failure.
    ///
    /// - Parameters:
    ///   - logStatements: What `log_statement` is; `all` lets a test count writes.
    ///   - settings: Other settings that the server starts with.
    package static func with<Result>(
        _ major: Int,
        logStatements: String = "all",
        settings: [String: String] = [:],
        _ body: (ScratchServer) async throws -> Result
    ) async throws -> Result {
        let server = try ScratchServer(major)
        do {
            try await server.start(["log_statement": logStatements].merging(settings) { $1 })
            let result = try await body(server)
            try await server.remove()
            return result
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private init(_ major: Int) throws {
        guard let binaries = PostgresInstallations.folders[major] else { throw MissingMajor(major: major) }
        self.major = major
        self.binaries = binaries
        let name = String((0..<6).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "x" })
        folder = "/tmp/pgs-s\(name)"
        // PostgreSQL refuses to run as root.
        user = geteuid() == 0 ? getpwnam("postgres").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } : nil
        mkdir(folder, 0o755)
        if let user { chown(folder, user.id, user.group) }
    }

    package struct MissingMajor: Error { var major: Int }
    package struct Failure: Error { package var text: String }

    // MARK: Life

    private func start(_ others: [String: String]) async throws {
        try await program(
            "initdb",
            [
                "--pgdata=\(folder)/data", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust",
                "--no-sync",
            ]
        )
        let settings = """
            listen_addresses = ''
            unix_socket_directories = '\(folder)'
            fsync = off
            max_connections = 50

            """
        let path = folder + "/data/postgresql.conf"
        let main = try String(contentsOfFile: path, encoding: .utf8)
        let more = others.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'\n" }.joined()
        try (main + settings + more).write(toFile: path, atomically: false, encoding: .utf8)
        try await program("pg_ctl", ["-D", folder + "/data", "-s", "-w", "-l", folder + "/log", "start"])
    }

    package func restart() async throws {
        try await program(
            "pg_ctl",
            ["-D", folder + "/data", "-s", "-w", "-m", "fast", "-l", folder + "/log", "restart"]
        )
    }

    private func remove() async throws {
        _ = try? await program("pg_ctl", ["-D", folder + "/data", "-s", "-w", "-m", "immediate", "stop"])
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Runs one of the server's own programs and returns what it printed.
    @discardableResult
    package func program(_ name: String, _ arguments: [String], input: String = "") async throws -> String {
        // Not by swift-subprocess itself: see docs/decisions/0005.
        let change = user.map {
            ["/usr/bin/setpriv", "--reuid=\($0.id)", "--regid=\($0.group)", "--clear-groups", "--"]
        }
        let words = (change ?? []) + ["\(binaries)/\(name)"] + arguments
        let result = try await Subprocess.run(
            .path(FilePath(words[0])),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .custom(["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"]),
            workingDirectory: "/",
            input: .string(input),
            output: .string(limit: 64 << 20),
            error: .string(limit: 1 << 20)
        )
        guard result.terminationStatus.isSuccess else { throw Failure(text: "\(name): \(result.standardError)") }
        return result.standardOutput
    }

    // MARK: Use

    /// The connection URI of the superuser.
    package var uri: String { uri(of: "postgres") }

    package func uri(of role: String) -> String { "postgresql://\(role)@/postgres?host=\(folder)" }

    /// Runs SQL as psql does, as the superuser; the first mistake is an error.
    package func run(_ sql: String, database: String = "postgres") async throws {
        let arguments = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", "postgres", "-d", database]
        try await program("psql", arguments, input: sql)
    }

    /// Lets roles in by other rules than with trust: lines of `pg_hba.conf`.
    package func authenticate(by lines: String) async throws {
        try lines.write(toFile: folder + "/data/pg_hba.conf", atomically: false, encoding: .utf8)
        let loadTime: Statement = "SELECT pg_conf_load_time() AS time"
        let before = try await query(loadTime).first?["time"]
        try await program("pg_ctl", ["-D", folder + "/data", "-s", "reload"])
        // The signal is on its way; who is let in after it tells another time.
        while try await query(loadTime).first?["time"] == before { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Returns the rows of a query.
    package func query(_ statement: Statement, database: String = "postgres") async throws -> [Row] {
        let target = ConnectionTarget(.host(folder, port: 5432), user: "postgres", database: database)
        return try await PostgresConnection.with(target) { try await $0.query(statement) }
    }

    /// Everything that dumps tell of roles, privileges and definitions: one line a fact, passwords left out.
    package func snapshot() async throws -> Set<String> {
        let text = try await program(
            "pg_dumpall",
            ["-h", folder, "-U", "postgres", "--schema-only", "--no-role-passwords"]
        )
        return Set(text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("--") && !$0.hasPrefix("\\") })
    }

    /// What the server has logged.
    package var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }
}
