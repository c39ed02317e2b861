import Glibc
import Subprocess
import SystemPackage
import TestSupport

/// Statements in a server's log (with `log_statement = all`) that change something.
enum WriteStatements {
    /// Reading, and setting up the own session, is all that an observer does.
    private static let reading = ["SELECT", "SHOW", "SET ", "BEGIN", "COMMIT"]

    static func inLog(_ log: some StringProtocol) -> [String] {
        log.split(separator: "\n")
            .compactMap { line in
                guard
                    let mark = line.range(of: "LOG:  statement: ")?.upperBound
                        ?? line.range(of: #/LOG:  execute [^:]*: /#)?.upperBound
                else { return nil }
                let statement = String(line[mark...])
                return reading.contains { statement.hasPrefix($0) } ? nil : statement
            }
    }
}

/// Ends processes without asking them.
enum Processes {
    /// Sends SIGKILL and waits until they are gone or zombies.
    static func kill(_ processIDs: [Int]) {
        for processID in processIDs { Glibc.kill(pid_t(processID), SIGKILL) }
        usleep(300_000)
    }
}

extension StringProtocol {
    fileprivate func range(of text: String) -> Range<Index>? {
        self[...].firstRange(of: text)
    }

    fileprivate func range(of pattern: some RegexComponent) -> Range<Index>? {
        Substring(self).firstRange(of: pattern)
            .flatMap { found in
                Range(uncheckedBounds: (found.lowerBound, found.upperBound))
            }
    }
}

/// Runs a line of shell, for what users do with the program's output.
enum Shell {
    static func run(_ command: String, environment: [String: String] = [:]) async throws -> String {
        var variables: [Environment.Key: String?] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .path("/bin/bash"),
            arguments: ["-c", command],
            environment: .inherit.updating(variables),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        return result.standardOutput + (result.terminationStatus.isSuccess ? "" : result.standardError)
    }
}
