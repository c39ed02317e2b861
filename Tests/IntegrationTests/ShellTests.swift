import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What shells and `man` do with what the program prints for them.
@Suite struct ShellTests {
    private static let folder = String(Program.path.dropLast("/pgsteer".count))

    /// A home in which completion finds instances: it looks for their records and nothing else.
    private static func withNames(_ body: (TemporaryHome, [String: String]) async throws -> Void) async throws {
        try await TemporaryHome.with { home in
            for name in ["orders", "orders-2", "billing"] {
                let folder = home.folder(of: name)
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try "{}".write(toFile: folder + "/instance.json", atomically: false, encoding: .utf8)
            }
            try FileManager.default.createDirectory(
                atPath: home.folder(of: "orders-being-made"),
                withIntermediateDirectories: true
            )
            try await body(home, ["PATH": "\(folder):/usr/bin:/bin", "PGSTEER_HOME": home.path + "/home"])
        }
    }

    @Test(arguments: [
        ("pgsteer describe or", "orders orders-2"), ("pgsteer restart billing or", "orders orders-2"),
        ("pgsteer connect b", "billing"), ("pgsteer get nodes o", "orders orders-2"), ("pgsteer valid", "validate"),
        ("pgsteer describe --home /nowhere o", ""), ("pgsteer completions z", "zsh"),
    ])
    func `bash completes commands and the names of instances`(line: String, expected: String) async throws {
        try await Self.withNames { _, environment in
            let words = line.split(separator: " ")
            let script = """
                source <(pgsteer completions bash)
                COMP_WORDS=(\(line)) COMP_CWORD=\(words.count - 1) COMP_LINE='\(line)' COMP_POINT=\(line.count)
                $(complete -p pgsteer | sed -n 's/.*-F \\([^ ]*\\) .*/\\1/p') pgsteer \(words.last ?? "") x 2>/dev/null
                printf '%s\\n' "${COMPREPLY[@]}" | sort | xargs
                """
            let output = try await Shell.run(script, environment: environment)
            #expect(output == expected + "\n", "\(line): \(output)")
        }
    }

    @Test(arguments: ["zsh", "fish"])
    func `other shells read their script`(shell: String) async throws {
        let script = try await Program.run(["completions", shell])
        #expect(script.isSuccess && script.output.contains("pgsteer"))
        let found = try await Shell.run("command -v \(shell) || true")
        guard !found.isEmpty else { return }
        let output = try await Shell.run("\(Program.path) completions \(shell) | \(shell) -n /dev/stdin && echo fine")
        #expect(output == "fine\n", "\(output)")
    }

    @Test func `the manual page shows every command, and man has nothing against it`() async throws {
        let page = try await Program.run(["manual"]).output
        for command in ["validate", "fmt", "plan", "apply", "parameters diff", "completions"] {
            #expect(page.contains("\n.Ss \(command)\n"), "\(command)")
        }
        #expect(page.contains("\n.It \\-\\-check\n"))
        for check in ["mandoc -Tlint -Wwarning", "man --warnings -l - 2>&1 >/dev/null"] {
            let tool = check.prefix { $0 != " " }
            guard try await !Shell.run("command -v \(tool) || true").isEmpty else { continue }
            let output = try await Shell.run("\(Program.path) manual | \(check)")
            #expect(output == "", "\(check): \(output)")
        }
    }
}
