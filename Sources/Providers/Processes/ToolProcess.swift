import Glibc
import Subprocess
import SystemPackage

/// Runs one of PostgreSQL's client programs whose output is large and whose messages are wanted while it runs.
package enum ToolProcess {
    /// Runs a program to its end, and hands over each line that it writes to stderr; returns whether it succeeded.
    ///
    /// It stays in the session of the caller, so that Ctrl-C ends both.
    ///
    /// - Parameters:
    ///   - user: Who runs it; nil for the caller.
    ///   - input: What it reads; nil for nothing.
    ///   - output: Where its output goes; nil for nowhere.
    package static func run(
        _ program: String,
        _ arguments: [String],
        as user: SystemUser? = nil,
        environment: [String: String] = [:],
        input: Int32? = nil,
        output: Int32? = nil,
        line: (String) async -> Void
    ) async throws(ProviderError) -> Bool {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let words = user.map { ChildProcess.words(of: program, arguments, as: $0) } ?? [program] + arguments
        var variables: [Environment.Key: String] = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/", "LC_ALL": "C.UTF-8",
        ]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        do {
            let result = try await Subprocess.run(
                .path(FilePath(words[0])),
                arguments: Arguments(Array(words.dropFirst())),
                environment: .custom(variables),
                input: .fileDescriptor(FileDescriptor(rawValue: input ?? nothing), closeAfterSpawningProcess: false),
                output: .fileDescriptor(FileDescriptor(rawValue: output ?? nothing), closeAfterSpawningProcess: false),
                error: .sequence
            ) { execution in
                var rest: [UInt8] = []
                for try await buffer in execution.standardError {
                    rest += buffer.withUnsafeBytes { Array($0) }
                    let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                    for text in lines.dropLast() { await line(String(decoding: text, as: UTF8.self)) }
                    rest = Array(lines.last ?? [])
                }
                if !rest.isEmpty { await line(String(decoding: rest, as: UTF8.self)) }
            }
            return result.terminationStatus.isSuccess
        } catch {
            throw ProviderError("could not run \(program): \(error)")
        }
    }
}
