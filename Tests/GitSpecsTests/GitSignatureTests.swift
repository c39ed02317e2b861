import GitSpecs
import Providers
import Reconciliation
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Whose commits come into force where signatures are asked for, with the git program and keys of this host.
@Suite struct GitSignatureTests {
    /// Keys of ada, who is trusted, and of eve, who is not.
    private struct Keys {
        var ada: String
        var eve: String
        var signers: String

        init(_ repository: Repository) async throws {
            ada = try await Self.make("ada", repository)
            eve = try await Self.make("eve", repository)
            signers = repository.folder + "/signers"
            let line = try String(contentsOfFile: ada + ".pub", encoding: .utf8)
            try "ada@example.org \(line)".write(toFile: signers, atomically: true, encoding: .utf8)
            try await repository.git(["config", "gpg.format", "ssh"])
        }

        private static func make(_ name: String, _ repository: Repository) async throws -> String {
            let path = "\(repository.folder)/\(name)"
            let result = try await ChildProcess.run(
                "/usr/bin/ssh-keygen",
                ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path]
            )
            #expect(result.isSuccess, "\(result.errors)")
            return path
        }
    }

    /// Commits a text, signed by a key where there is one.
    @discardableResult
    private func commit(_ text: String, _ key: String?, in repository: Repository) async throws -> String {
        try repository.write(text)
        guard let key else { return try await repository.commit(["--no-gpg-sign"]) }
        try await repository.git(["config", "user.signingkey", key + ".pub"])
        return try await repository.commit(["-S"])
    }

    @Test func `only commits signed by somebody who is trusted come into force`() async throws {
        try await Repository.with { repository in
            let keys = try await Keys(repository)
            let follower = try repository.source(trust: .signers(file: keys.signers))
            try await commit("a: 1\n", nil, in: repository)
            #expect(await follower.look().isEmpty)
            #expect(await follower.state?.problem?.contains("it has no signature") ?? false)
            try await commit("a: 2\n", keys.eve, in: repository)
            #expect(await follower.look().isEmpty)
            // Nothing is in force yet, so that nothing tells where to begin.
            try await commit("a: 3\n", keys.ada, in: repository)
            #expect(await follower.look().values.first == "a: 3\n")
            #expect(await follower.state?.problem == nil)
        }
    }

    @Test func `what comes with a signed commit has to be signed, too, unless somebody accepts it`() async throws {
        try await Repository.with { repository in
            let keys = try await Keys(repository)
            let follower = try repository.source(trust: .signers(file: keys.signers))
            try await commit("a: 1\n", keys.ada, in: repository)
            _ = await follower.look()
            await follower.bringIntoForce()
            try await commit("a: 2\n", keys.ada, in: repository)
            let foreign = try await commit("a: 3\n", keys.eve, in: repository)
            let newest = try await commit("a: 4\n", keys.ada, in: repository)
            #expect(await follower.look().values.first == "a: 1\n")
            let problem = await follower.state?.problem ?? ""
            #expect(problem.contains("the signature of commit \(foreign.prefix(12)), which comes with"), "\(problem)")
            #expect(await follower.state?.awaitsConsent == newest)

            let consent = GitFolder.consent(in: repository.home)
            try (newest + "\n").write(toFile: consent, atomically: true, encoding: .utf8)
            #expect(await follower.look().values.first == "a: 4\n")
            await follower.bringIntoForce()

            // The other side of a merge comes with it.
            try await repository.git(["checkout", "--quiet", "-b", "side"])
            try await commit("a: 5\n", nil, in: repository)
            try await repository.git(["checkout", "--quiet", "main"])
            try await repository.git(["merge", "--quiet", "--no-ff", "-S", "--message", "merged", "side"])
            #expect(await follower.look().values.first == "a: 4\n")
            #expect(await follower.state?.awaitsConsent != nil)
            // What is in force is not asked again.
            try await repository.git(["reset", "--quiet", "--hard", newest])
            try await commit("a: 6\n", keys.ada, in: repository)
            #expect(await follower.look().values.first == "a: 6\n")
        }
    }
}
