import Diagnostics
import GitSpecs
import Glibc
import Providers
import Reconciliation
import SideEffects
import SpecLoading
import Subprocess
import SystemPackage
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A repository as somebody works in it, and a home beside it; both are removed with the test.
struct Repository: Sendable {
    let folder: String
    var path: String { folder + "/work" }
    var home: LocalHome { LocalHome(folder + "/home") }

    struct Failure: Error { var output: String }

    /// - Parameter arguments: More for `git init`.
    static func with(_ arguments: [String] = [], _ body: (Repository) async throws -> Void) async throws {
        let name = String((0..<8).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() ?? "x" })
        let repository = Repository(folder: "/tmp/pgs-git-\(name)")
        mkdir(repository.folder, 0o755)
        defer { try? FileManager.default.removeItem(atPath: repository.folder) }
        mkdir(repository.path, 0o755)
        try await repository.git(["init", "--quiet", "--initial-branch=main"] + arguments)
        try await repository.git(["config", "user.name", "Ada"])
        try await repository.git(["config", "user.email", "ada@example.org"])
        try await body(repository)
    }

    @discardableResult
    func git(_ arguments: [String], in other: String? = nil) async throws -> String {
        let result = try await run(
            .path("/usr/bin/git"),
            arguments: Arguments(arguments),
            environment: .custom(["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"]),
            workingDirectory: FilePath(other ?? path),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        guard result.terminationStatus.isSuccess else { throw Failure(output: result.standardError) }
        return result.standardOutput.split(separator: "\n").first.map(String.init) ?? ""
    }

    func write(_ text: String, to file: String = "specs/a.yaml") throws {
        let target = "\(path)/\(file)"
        let parent = target.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/\(parent)", withIntermediateDirectories: true)
        try text.write(toFile: target, atomically: true, encoding: .utf8)
    }

    /// Commits everything; returns the commit.
    @discardableResult
    func commit(_ arguments: [String] = []) async throws -> String {
        try await git(["add", "--all"])
        try await git(["commit", "--quiet", "--allow-empty", "--message", "a change"] + arguments)
        return try await git(["rev-parse", "HEAD"])
    }

    // MARK: The loop's side

    /// What follows the repository, as a loop that has just been started would.
    func source(
        _ reference: String = "main",
        path: String = "specs",
        url: String? = nil,
        trust: SignatureTrust? = nil,
        environment: [String: String] = [:],
        timeLimit: Int = 60
    ) throws -> Follower {
        let name = try #require(GitReference(reference))
        let address = try GitAddress(url ?? self.path, from: "/")
        var options = GitOptions(address: address, reference: name, path: path, interval: 1)
        options.trust = trust
        options.timeLimit = timeLimit
        return Follower(GitSource(options, home: home, environment: environment, effects: SideEffectCounter()))
    }
}

/// A source, and what it tells.
struct Follower: Sendable {
    let source: GitSource
    let status = LoopStatus(
        LoopState(process: 1, started: Date(timeIntervalSince1970: 0), interval: 1, isObserveOnly: false)
    )

    init(_ source: GitSource) { self.source = source }

    /// Looks at the remote once, and returns what the loop would read then, as texts by their paths.
    func look() async -> [String: String] {
        await source.refresh(SourceTelling(status: status) { [status] in await status.add($0) })
        return await texts
    }

    var texts: [String: String] {
        get async {
            let texts = await source.read()?.texts ?? []
            return Dictionary(texts.map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) }) { first, _ in first }
        }
    }

    /// The mistakes of the newest commit.
    var mistakes: [String] {
        get async { await source.read()?.collector.sorted.map { "\($0.code.id) \($0.detail)" } ?? [] }
    }

    var state: GitState? { get async { await status.state.git } }
    var told: [LoopEvent.Kind] { get async { await status.events.map(\.kind) } }

    /// Does what the loop does with specifications without a mistake.
    func bringIntoForce() async {
        if let reading = await source.read() { await source.noteInForce(reading) }
    }
}
