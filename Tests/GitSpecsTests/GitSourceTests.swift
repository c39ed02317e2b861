import GitSpecs
import Providers
import Reconciliation
import SideEffects
import SpecLoading
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What of a repository comes into force, with the git program and repositories of this host.
@Suite struct GitSourceTests {
    @Test func `the newest commit is read from a folder of its own, with its id before each path`() async throws {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            try repository.write("b: 1\n", to: "specs/more/b.yml")
            try repository.write("not read", to: "specs/notes.txt")
            try repository.write("hidden: 1\n", to: "specs/.hidden/c.yaml")
            try repository.write("elsewhere: 1\n", to: "d.yaml")
            let first = try await repository.commit()
            let follower = try repository.source()
            #expect(await follower.source.read() == nil)
            #expect(
                await follower.look() == [
                    "\(first.prefix(12)):specs/a.yaml": "a: 1\n", "\(first.prefix(12)):specs/more/b.yml": "b: 1\n",
                ]
            )
            #expect(await follower.source.stamp() == first)
            let digest = await follower.source.read()?.digest
            await follower.bringIntoForce()

            // What changes no specification is the same to the loop, but for its commit.
            try repository.write("read me", to: "README.md")
            let second = try await repository.commit()
            _ = await follower.look()
            #expect(await follower.source.read()?.digest == digest)
            #expect(await follower.source.read()?.commit == second)
            #expect(await follower.told.isEmpty)
        }
    }

    @Test func `a replaced branch needs consent, and what was in force stays until then`() async throws {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            let first = try await repository.commit()
            let follower = try repository.source()
            _ = await follower.look()
            await follower.bringIntoForce()
            try repository.write("a: 2\n")
            let replaced = try await repository.commit(["--amend"])
            for _ in 0..<2 { #expect(await follower.look().values.first == "a: 1\n") }
            #expect(await follower.told == [.gitRefused])
            #expect(await follower.state?.awaitsConsent == replaced)
            #expect(await follower.state?.problem?.contains("pgsteer accept \(replaced.prefix(12))") ?? false)

            // Consent to another commit is none to this one.
            let files = LocalFiles(effects: SideEffectCounter())
            try files.write(first + "\n", to: GitFolder.consent(in: repository.home), mode: 0o600)
            #expect(await follower.look().values.first == "a: 1\n")
            try files.write(replaced + "\n", to: GitFolder.consent(in: repository.home), mode: 0o600)
            #expect(await follower.look().values.first == "a: 2\n")
            #expect(await follower.state?.problem == nil)
            await follower.bringIntoForce()
            #expect(!FileManager.default.fileExists(atPath: GitFolder.consent(in: repository.home)))

            // Going back is a replacement as well.
            try await repository.git(["reset", "--quiet", "--hard", first])
            #expect(await follower.look().values.first == "a: 2\n")
            #expect(await follower.state?.awaitsConsent == first)
        }
    }

    @Test func `that a commit was replaced which never came into force is told, and needs no consent`() async throws {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            _ = try await repository.commit()
            let follower = try repository.source()
            _ = await follower.look()
            await follower.bringIntoForce()
            try repository.write("a: [\n")
            _ = try await repository.commit()
            _ = await follower.look()
            try repository.write("a: 3\n")
            _ = try await repository.commit(["--amend"])
            for _ in 0..<2 { #expect(await follower.look().values.first == "a: 3\n") }
            #expect(await follower.told == [.gitReplaced])
            #expect(await follower.state?.awaitsConsent == nil)
        }
    }

    @Test func `while the remote is gone the last good commit stays, also for a loop that starts then`() async throws {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            let first = try await repository.commit()
            let follower = try repository.source()
            _ = await follower.look()
            await follower.bringIntoForce()
            let away = repository.folder + "/away"
            try FileManager.default.moveItem(atPath: repository.path, toPath: away)
            for _ in 0..<2 { #expect(await follower.look().values.first == "a: 1\n") }
            #expect(await follower.told == [.gitUnreachable])
            let since = try #require(await follower.state?.unreachableSince)

            let next = try repository.source()
            #expect(await next.source.stamp() == first)
            #expect(await next.look().values.first == "a: 1\n")
            #expect(await next.state.map { abs(($0.unreachableSince ?? .now).timeIntervalSince(since)) < 1 } ?? false)
            try FileManager.default.moveItem(atPath: away, toPath: repository.path)
            try repository.write("a: 2\n")
            try await repository.commit()
            #expect(await next.look().values.first == "a: 2\n")
            #expect(await next.told == [.gitUnreachable, .gitReached])
            #expect(await next.state?.unreachableSince == nil)
        }
    }

    @Test func `a commit with unusable files is told by its id, and the last good one can still be read`() async throws
    {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            try await repository.commit()
            let follower = try repository.source()
            _ = await follower.look()
            await follower.bringIntoForce()

            try repository.write("secret: 1\n", to: "outside.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/specs/out.yaml",
                withDestinationPath: "../outside.yaml"
            )
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/specs/passwd.yaml",
                withDestinationPath: "/etc/passwd"
            )
            let linked = String(try await repository.commit().prefix(12))
            #expect(await follower.look().isEmpty)
            #expect(
                await follower.mistakes == [
                    "PGS-066 \(linked):specs/out.yaml is a link that leads out of specs.",
                    "PGS-066 \(linked):specs/passwd.yaml is a link that leads out of specs.",
                ]
            )
            let last = await follower.source.lastGood()
            #expect(last?.texts.map(\.bytes) == [Array("a: 1\n".utf8)])

            try await repository.git(["rm", "--quiet", "-r", "specs"])
            let empty = String(try await repository.commit().prefix(12))
            _ = await follower.look()
            #expect(await follower.mistakes == ["PGS-066 \(empty):specs does not exist."])

            // A link inside of the folder is the file that it leads to.
            try repository.write("a: 3\n", to: "specs/base/a.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: repository.path + "/specs/b.yaml",
                withDestinationPath: "base/a.yaml"
            )
            let inside = String(try await repository.commit().prefix(12))
            #expect(await follower.look()["\(inside):specs/b.yaml"] == "a: 3\n")
        }
    }

    @Test func `a submodule among the specifications is told, since its files would be missing`() async throws {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            let first = try await repository.commit()
            try await repository.git(["update-index", "--add", "--cacheinfo", "160000,\(first),specs/other"])
            try await repository.git(["commit", "--quiet", "--message", "a submodule"])
            let follower = try repository.source()
            _ = await follower.look()
            #expect(await follower.mistakes.first?.contains("specs/other is a submodule") ?? false)
        }
    }

    @Test func `filters, attributes and hooks of the repository and of the user never run`() async throws {
        try await Repository.with { repository in
            let mark = repository.folder + "/ran"
            let home = repository.folder + "/user"
            try FileManager.default.createDirectory(atPath: home + "/hooks", withIntermediateDirectories: true)
            let hook = "#!/bin/sh\ntouch \(mark)\n"
            for name in ["reference-transaction", "post-checkout", "post-merge"] {
                try hook.write(toFile: "\(home)/hooks/\(name)", atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755],
                    ofItemAtPath: "\(home)/hooks/\(name)"
                )
            }
            let configuration = """
                [core]
                  hooksPath = \(home)/hooks
                  fsmonitor = touch \(mark)
                [filter "evil"]
                  smudge = touch \(mark) && cat
                [protocol "ext"]
                  allow = always
                """
            try configuration.write(toFile: home + "/.gitconfig", atomically: true, encoding: .utf8)
            try repository.write("*.yaml filter=evil ident text eol=crlf\n", to: ".gitattributes")
            try repository.write("a: $Id$\n")
            try await repository.commit()
            let follower = try repository.source(environment: ["HOME": home])
            #expect(await follower.look().values.first == "a: $Id$\n")
            #expect(!FileManager.default.fileExists(atPath: mark))
        }
    }

    @Test(arguments: [[], ["--object-format=sha256"]])
    func `branches, tags and commits can be followed, whatever objects are named by`(format: [String]) async throws {
        try await Repository.with(format) { repository in
            try repository.write("a: 1\n")
            let first = try await repository.commit()
            try await repository.git(["tag", "-a", "v1", "-m", "a tag"])
            // A tag that is called like the branch does not take its place.
            try await repository.git(["tag", "main"])
            try repository.write("a: 2\n")
            try await repository.commit()
            for reference in ["v1", "refs/tags/v1", first] {
                let follower = try repository.source(reference)
                #expect(await follower.look().values.first == "a: 1\n", "\(reference)")
                #expect(await follower.source.stamp() == first)
                _ = await follower.look()
                #expect(await follower.told.isEmpty)
            }
            let follower = try repository.source()
            #expect(await follower.look().values.first == "a: 2\n")
            await follower.bringIntoForce()
            try await repository.git(["checkout", "--quiet", "--detach"])
            try await repository.git(["branch", "-D", "main"])
            try await repository.git(["tag", "-d", "main"])
            #expect(await follower.look().values.first == "a: 2\n")
            #expect(await follower.state?.problem?.hasSuffix("has no branch and no tag main") ?? false)
            #expect(await follower.told == [.gitRefused])
        }
    }

    @Test func `a mirror that a killed git left behind is made anew`() async throws {
        try await Repository.with { repository in
            try repository.write("a: 1\n")
            try await repository.commit()
            let follower = try repository.source()
            _ = await follower.look()
            await follower.bringIntoForce()
            let mirrors = try FileManager.default.subpathsOfDirectory(atPath: repository.home.git)
                .filter { $0.hasSuffix("mirror.git") }
            let mirror = "\(repository.home.git)/\(try #require(mirrors.first))"
            for (file, text) in [("refs/pgsteer/tip.lock", ""), ("HEAD", "")] {
                try text.write(toFile: "\(mirror)/\(file)", atomically: true, encoding: .utf8)
                try repository.write("a: \(file)\n")
                try await repository.commit()
                #expect(await follower.look().values.first == "a: \(file)\n")
                #expect(await follower.state?.problem == nil)
                await follower.bringIntoForce()
            }
            // The commit in force, the one before it, and nothing unfinished.
            let commits = mirror.replacing("mirror.git", with: "commits")
            #expect(try FileManager.default.contentsOfDirectory(atPath: commits).count == 3)
        }
    }

    @Test func `a remote that hangs ends within its time, and nothing waits for it`() async throws {
        try await Repository.with { repository in
            let helper = repository.folder + "/hang"
            try "#!/bin/sh\nexec sleep 1000\n".write(toFile: helper, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: helper)
            let follower = try repository.source(
                url: "ssh://nobody@192.0.2.1/db.git",
                environment: ["GIT_SSH": helper],
                timeLimit: 1
            )
            async let look = follower.look()
            #expect(await follower.source.read() == nil)
            #expect(await look.isEmpty)
            #expect(await follower.state?.problem?.contains("no answer within 1 s") ?? false)
        }
    }
}
