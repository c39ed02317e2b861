import Glibc

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A home of its own for one test, with ports of its own; ends every server in it and removes it, also on failure.
package struct TemporaryHome: Sendable {
    /// Short, because a Unix socket's path may have 107 bytes, and passable for the user who runs the servers.
    package let path: String
    package let ports: ClosedRange<Int>
    package let nodePorts: ClosedRange<Int>

    /// Passwords that obey the rules, one for each name.
    package static func password(_ name: String) -> String { PasswordSearch.start + name + PasswordSearch.end }

    /// Runs a body with a fresh home, and fails when a password is found in what pgsteer and its servers leave there.
    package static func with<Result>(_ body: (TemporaryHome) async throws -> Result) async throws -> Result {
        let home = TemporaryHome()
        defer { home.remove() }
        let result = try await body(home)
        try home.expectNoPassword()
        return result
    }

    private let claim: PortClaim

    private init() {
        let name = String((0..<6).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "x" })
        path = "/tmp/pgs-\(name)"
        // Homes of tests that run side by side must not choose the same ports.
        claim = PortClaim()
        ports = claim.ports.lowerBound...(claim.ports.lowerBound + 19)
        nodePorts = (claim.ports.lowerBound + 20)...claim.ports.upperBound
        mkdir(path, 0o755)
        mkdir(path + "/specs", 0o755)
    }

    /// A Fleet document with this home's ports and every PostgreSQL there is.
    package var fleetDocument: String {
        let folders = PostgresInstallations.folders.values.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            apiVersion: pgsteer/v1
            kind: Fleet
            metadata: { name: test }
            spec:
              safety: { maxDeletes: 10 }
              local:
                binaries: [\(folders)]
                ports: \(ports.lowerBound)-\(ports.upperBound)
                nodePorts: \(nodePorts.lowerBound)-\(nodePorts.upperBound)

            """
    }

    /// Writes the specifications, instead of those that were there, with the Fleet document beside them.
    package func write(_ text: String) throws {
        try fleetDocument.write(toFile: path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
        try text.write(toFile: path + "/specs/fixture.yaml", atomically: true, encoding: .utf8)
    }

    /// Runs a command of the program with this home; `specs` is the folder to name.
    package func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> ProgramResult {
        try await run(arguments, environment: environment)
    }

    package func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> ProgramResult {
        var variables = ["PGSTEER_HOME": path + "/home", "NO_COLOR": "1"]
        for name in ["APP", "ADMIN", "OTHER"] { variables["\(name)_PASSWORD"] = Self.password(name.lowercased()) }
        variables.merge(environment) { $1 }
        let result = try await Program.run(arguments, environment: variables, in: path)
        let shown = [result.output, result.errors].contains { PasswordSearch.finds(in: Data($0.utf8)) }
        guard !shown else { throw PasswordFound(place: "what pgsteer \(arguments.joined(separator: " ")) prints") }
        return result
    }

    package func folder(of instance: String) -> String { "\(path)/home/instances/\(instance)" }

    /// The server's log of an instance.
    package func log(of instance: String) -> String {
        (try? String(contentsOfFile: folder(of: instance) + "/nodes/1/log/server.log", encoding: .utf8)) ?? ""
    }

    /// The processes that work in this home or were started with a path in it.
    package var processes: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int($0) }
            .filter { processID in
                guard processID != Int(getpid()), isAlive(processID) else { return false }
                let folder =
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/cwd")) ?? ""
                let words = (try? Data(contentsOf: URL(filePath: "/proc/\(processID)/cmdline"))) ?? Data()
                return folder.hasPrefix(path + "/") || String(decoding: words, as: UTF8.self).contains(path + "/home")
            }
    }

    /// Those of its gateway.
    package var gatewayProcesses: [Int] {
        processes.filter { processID in
            let words = (try? Data(contentsOf: URL(filePath: "/proc/\(processID)/cmdline"))) ?? Data()
            return String(decoding: words, as: UTF8.self).contains("haproxy.cfg")
        }
    }

    private func isAlive(_ processID: Int) -> Bool {
        guard let data = try? Data(contentsOf: URL(filePath: "/proc/\(processID)/stat")) else { return false }
        let text = String(decoding: data, as: UTF8.self)
        return text.lastIndex(of: ")").map { text[$0...].dropFirst(2).first != "Z" } ?? false
    }

    private func remove() {
        // A server that is being started now may appear after the first look.
        for _ in 0..<20 {
            let left = processes
            if left.isEmpty { break }
            for processID in left { kill(pid_t(processID), SIGKILL) }
            usleep(50_000)
        }
        try? FileManager.default.removeItem(atPath: path)
        claim.release()
    }
}

extension TemporaryHome {
    /// Every file and folder of the home, by its path below it.
    package var files: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: path + "/home")) ?? []).sorted()
    }
}
