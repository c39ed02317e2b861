import Glibc
import SQL
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The loop keeps servers as a repository says, whatever becomes of the repository.
@Suite struct RepositoryTests {
    /// A repository with the specifications of a home.
    private struct Repository {
        let home: TemporaryHome
        var path: String { home.path + "/repository" }

        func git(_ command: String) async throws -> String {
            let settings = "GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null"
            let user = "-c user.name=Ada -c user.email=ada@example.org"
            return try await Shell.run("\(settings) git -C \(path) \(user) \(command)")
                .split(separator: "\n").last.map(String.init) ?? ""
        }

        func make() async throws {
            mkdir(path, 0o755)
            mkdir(path + "/specs", 0o755)
            _ = try await git("init --quiet --initial-branch=main")
            try home.fleetDocument.write(toFile: path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
        }

        /// Commits an instance with other lines in its document; returns the commit.
        func commit(_ extra: String, _ options: String = "") async throws -> String {
            let text = RunTests.specification(extra: extra)
            try text.write(toFile: path + "/specs/solo.yaml", atomically: true, encoding: .utf8)
            _ = try await git("add --all")
            _ = try await git("commit --quiet --message change \(options)")
            return try await git("rev-parse HEAD")
        }
    }

    private func workMemory(_ home: TemporaryHome) async -> String? {
        let rows = try? await home.query("SELECT current_setting('work_mem') AS n", on: "solo")
        return rows?.first?["n"]
    }

    @Test func `commits come into force, a broken one does not, and a loop goes on while the remote is gone`()
        async throws
    {
        try await TemporaryHome.with { home in
            let repository = Repository(home: home)
            try await repository.make()
            let first = try await repository.commit("  parameters: { work_mem: 5MB }")
            let specs = ["--git", repository.path]
            _ = try await LoopProcess.with(home, ["--interval", "1"], specs: specs) { loop in
                try await loop.wait(for: "settled", of: "solo")
                #expect(await workMemory(home) == "5MB")
                #expect(loop.events("actionDone").allSatisfy { $0.commit == first })
                #expect(try await home.run("history", "-o", "json").output.contains(first))

                // A mistake is told by commit, file and line, and leaves what runs alone.
                let broken = try await repository.commit("  parametres: { work_mem: 6MB }")
                try await loop.wait(for: "specsRefused")
                let place = "\(broken.prefix(12)):specs/solo.yaml:8:3: PGS-010"
                #expect(loop.events("specsRefused").first?.message.contains(place) ?? false)
                let described = try await home.run("describe", "solo", "-o", "json").output
                #expect(described.contains("\"commit\" : \"\(first)\""))

                // The stand-by takes over with the same mirror, while the remote is gone and its newest commit is broken.
                _ = try await LoopProcess.with(home, ["--interval", "1"], specs: specs) { second in
                    try await second.wait(for: "standingBy")
                    rename(repository.path, home.path + "/away")
                    try await loop.wait(for: "gitUnreachable")
                    loop.send(SIGKILL)
                    try await second.wait(for: "started")
                    try await second.wait(for: "settled", of: "solo")
                    try await second.wait(for: "gitUnreachable")
                    #expect(second.events("specsChanged").first?.commit == first)
                    try await second.wait("a word of it beside the conditions") {
                        try await home.run("get", "conditions").errors.contains("cannot be reached")
                    }
                    rename(home.path + "/away", repository.path)
                    try await second.wait(for: "gitReached")
                    #expect(second.events("gitUnreachable").count == 1)

                    let mended = try await repository.commit("  parameters: { work_mem: 7MB }")
                    try await second.wait("work_mem of 7 MB") { await workMemory(home) == "7MB" }
                    // A forced push waits for somebody.
                    let forced = try await repository.commit("  parameters: { work_mem: 8MB }", "--amend")
                    try await second.wait(for: "gitRefused")
                    #expect(await workMemory(home) == "7MB")
                    #expect(try await !home.run("accept", String(mended.prefix(12))).isSuccess)
                    let accepted = try await home.run("accept", String(forced.prefix(12)))
                    #expect(accepted.isSuccess, "\(accepted.errors)")
                    try await second.wait("work_mem of 8 MB") { await workMemory(home) == "8MB" }
                    try await second.wait("an end of the trouble") {
                        try await home.run("get", "conditions").errors.isEmpty
                    }
                    second.end()
                }
            }
            // For a timer.
            let once = try await home.run(["run", "--once"] + specs)
            #expect(once.isSuccess, "\(once.errors)")
            let nowhere = try await home.run("run", "--once", "--git", home.path + "/nowhere")
            #expect(nowhere.code == 1 && nowhere.errors.contains("nothing is in force yet"), "\(nowhere.errors)")
        }
    }

    @Test func `an address with a password is refused, and its password is not repeated`() async throws {
        let result = try await Program.run(["run", "--git", "https://ada:Sesame1@git.example.org/db.git"])
        #expect(result.code == 64)
        #expect(!result.errors.contains("Sesame1") && !result.output.contains("Sesame1"))
    }
}
