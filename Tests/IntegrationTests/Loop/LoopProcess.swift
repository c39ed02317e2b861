import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `pgsteer run` in a temporary home, as a child that is ended with the test, also on failure.
struct LoopProcess: Sendable {
    let processID: Int
    private let logPath: String

    /// Runs a body while the loop runs, and returns how the loop ended: by the body, else by SIGKILL.
    ///
    /// - Parameters:
    ///   - arguments: After `run specs`.
    ///   - specs: Where the specifications are.
    static func with(
        _ home: TemporaryHome,
        _ arguments: [String] = [],
        specs: [String] = ["specs"],
        environment: [String: String] = [:],
        _ body: (LoopProcess) async throws -> Void
    ) async throws -> TerminationStatus {
        let logPath = "\(home.path)/run-\(UInt32.random(in: 0 ... .max)).log"
        let log = try FileDescriptor.open(
            FilePath(logPath),
            .writeOnly,
            options: [.create, .append],
            permissions: .ownerReadWrite
        )
        var variables: [Environment.Key: String?] = ["NO_COLOR": "1"]
        for name in ["APP", "ADMIN", "OTHER"] {
            variables[Environment.Key(stringLiteral: "\(name)_PASSWORD")] = TemporaryHome.password(name.lowercased())
        }
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .path(FilePath(Program.path)),
            arguments: Arguments(
                ["run"] + specs + ["--home", home.path + "/home", "--interval", "5", "--log-format", "json"] + arguments
            ),
            environment: .inherit.updating(variables),
            workingDirectory: FilePath(home.path),
            input: .none,
            output: .discarded,
            error: .fileDescriptor(log, closeAfterSpawningProcess: true)
        ) { execution -> (any Error)? in
            let loop = LoopProcess(processID: Int(execution.processIdentifier.value), logPath: logPath)
            var failure: (any Error)?
            do { try await body(loop) } catch { failure = error }
            if failure != nil || !loop.hasBeenAsked { loop.send(SIGKILL) }
            return failure
        }
        if let failure = result.closureResult { throw failure }
        return result.terminationStatus
    }

    private var marker: String { logPath + ".asked" }
    private var hasBeenAsked: Bool { FileManager.default.fileExists(atPath: marker) }

    func send(_ signal: Int32) { kill(pid_t(processID), signal) }

    /// Asks the loop to end, and leaves it to end by itself.
    func end(by signal: Int32 = SIGTERM) {
        _ = FileManager.default.createFile(atPath: marker, contents: nil)
        send(signal)
    }

    // MARK: What it tells

    struct Event: Decodable {
        var kind: String
        var level: String
        var instance: String?
        var message: String
        var commit: String?
    }

    var events: [Event] {
        let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
    }

    func events(_ kind: String, of instance: String? = nil) -> [Event] {
        events.filter { $0.kind == kind && (instance == nil || $0.instance == instance) }
    }

    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// Waits until the loop has told so many events of a kind.
    func wait(for kind: String, of instance: String? = nil, count: Int = 1) async throws {
        try await wait("\(count) events \(kind) of \(instance ?? "the loop")") {
            events(kind, of: instance).count >= count
        }
    }

    /// Waits until something is so; on a busy machine that may take long.
    func wait(_ what: String, until isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try await !isSo() {
            guard ContinuousClock.now < deadline else { throw WaitedInVain(what: what, log: log) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    struct WaitedInVain: Error, CustomStringConvertible {
        var what: String
        var log: String
        var description: String { "waited in vain for \(what); the loop said:\n\(log)" }
    }
}
