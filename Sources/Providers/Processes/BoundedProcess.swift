import Subprocess
import SystemPackage

/// Runs programs that reach for other hosts: each ends within a time, also when this program is killed meanwhile.
package enum BoundedProcess {
    package struct Result: Sendable {
        /// The exit status; 128 and the number of the signal for one that a signal ended.
        package var code: Int
        package var output: [UInt8]
        package var errors: String
        /// Whether it took longer than it may.
        package var hasTimedOut: Bool { code == 124 || code == 137 }
    }

    /// Runs a program to its end, in a session of its own; when the task is cancelled, so is the program.
    ///
    /// - Parameters:
    ///   - environment: All of it.
    ///   - input: What it reads.
    ///   - seconds: How long it may take.
    ///   - outputLimit: Bytes; it is an error to write more.
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String],
        in folder: String,
        input: [UInt8] = [],
        seconds: Int,
        outputLimit: Int = 1 << 20
    ) async throws(ProviderError) -> Result {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        do {
            let result = try await Subprocess.run(
                .path("/usr/bin/timeout"),
                arguments: Arguments(["--kill-after=2", String(seconds), program] + arguments),
                environment: .custom(variables),
                workingDirectory: FilePath(folder),
                platformOptions: options,
                input: .array(input),
                output: .bytes(limit: outputLimit),
                error: .string(limit: 1 << 20)
            )
            let code: Int =
                switch result.terminationStatus {
                case .exited(let code): Int(code)
                case .signaled(let signal): 128 + Int(signal)
                }
            return Result(code: code, output: result.standardOutput, errors: result.standardError)
        } catch {
            throw ProviderError("could not run \(program): \(error)")
        }
    }
}
