package import Subprocess
import SystemPackage

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a run of the built program left behind.
package struct ProgramResult: Sendable {
    package var status: TerminationStatus
    package var output: String
    package var errors: String

    package var code: Int? { if case .exited(let code) = status { Int(code) } else { nil } }
    package var isSuccess: Bool { status.isSuccess }

    /// Whether the program died of SIGKILL, as it does where a test asks it to.
    package var wasKilled: Bool { if case .signaled(let signal) = status { signal == 9 } else { false } }
}

/// Runs the program as a user would: the built binary, from outside.
package enum Program {
    /// The binary beside the test bundle.
    package static let path: String = {
        let bundle =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        // swift test runs the bundle itself, or a helper that names it as an argument.
        let candidates = [bundle] + CommandLine.arguments
        let folders = candidates.compactMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
        return folders.map { $0 + "/pgsteer" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? PostgresInstallations.root + "/.build/debug/pgsteer"
    }()

    /// Runs the program to its end.
    package static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        in folder: String? = nil
    ) async throws -> ProgramResult {
        var variables: [Environment.Key: String?] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .path(FilePath(path)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(variables),
            workingDirectory: folder.map { FilePath($0) },
            output: .string(limit: 64 << 20),
            error: .string(limit: 64 << 20)
        )
        return ProgramResult(
            status: result.terminationStatus,
            output: result.standardOutput,
            errors: result.standardError
        )
    }
}
