import Subprocess
import SystemPackage

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a child process left behind.
package struct ChildResult: Sendable {
    package var isSuccess: Bool
    /// Whether a signal ended it.
    package var isSignalled = false
    /// Its exit status, or the signal that ended it, in words.
    package var status: String
    package var output: String
    package var errors: String
}

/// Runs programs to their end: arguments as a list, an environment without anybody's secrets, a session of its own.
package enum ChildProcess {
    private static let outputLimit = 4 << 20

    /// Runs a program and returns what it printed.
    ///
    /// The child gets only `PATH`, `HOME` and a C locale, since what runs for long (a server, the gateway) would keep
    /// every variable of the caller's readable. A session of its own keeps Ctrl-C on the terminal from reaching it.
    ///
    /// - Parameters:
    ///   - user: Who runs it; nil for the caller.
    ///   - variables: What else its environment has, such as where and as whom to connect. For programs that end soon.
    package static func run(
        _ program: String,
        _ arguments: [String],
        as user: SystemUser? = nil,
        in folder: String? = nil,
        variables: [String: String] = [:]
    ) async throws(ProviderError) -> ChildResult {
        var options = PlatformOptions()
        options.createSession = true
        var environment: [Environment.Key: String] = [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": folder ?? "/", "LC_ALL": "C.UTF-8",
        ]
        for (name, value) in variables { environment[Environment.Key(stringLiteral: name)] = value }
        let words = user.map { Self.words(of: program, arguments, as: $0) } ?? [program] + arguments
        do {
            let result = try await Subprocess.run(
                .path(FilePath(words[0])),
                arguments: Arguments(Array(words.dropFirst())),
                environment: .custom(environment),
                workingDirectory: folder.map { FilePath($0) } ?? "/",
                platformOptions: options,
                output: .string(limit: outputLimit),
                error: .string(limit: outputLimit)
            )
            var isSignalled = false
            if case .signaled = result.terminationStatus { isSignalled = true }
            return ChildResult(
                isSuccess: result.terminationStatus.isSuccess,
                isSignalled: isSignalled,
                status: "\(result.terminationStatus)",
                output: result.standardOutput,
                errors: result.standardError
            )
        } catch {
            throw ProviderError("could not run \(program): \(error)")
        }
    }

    /// Changing the user between fork and exec, as swift-subprocess offers, can wait for ever: the C library then waits
    /// for threads that the child does not have. So a program does it that has one thread (docs/decisions/0005).
    static func words(of program: String, _ arguments: [String], as user: SystemUser) -> [String] {
        ["/usr/bin/setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups", "--", program] + arguments
    }
}
