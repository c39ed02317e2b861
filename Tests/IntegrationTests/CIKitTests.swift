import Diagnostics
import TestSupport
import Testing
import YAMLSyntax

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What CI and hooks run: annotations, comments, and the steps of the action themselves.
@Suite struct CIKitTests {
    private static let root = PostgresInstallations.root

    private static func document(_ path: String) throws -> YAMLNode {
        let text = try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
        var collector = DiagnosticCollector()
        let documents = YAMLReader.documents(in: Array(text.utf8), path: path, collector: &collector)
        #expect(collector.diagnostics == [], "\(path)")
        return try #require(documents.first)
    }

    @Test func `plan annotates what it disturbs, and the policy stops it`() async throws {
        try await TemporaryHome.with { home in
            func specification(_ connections: Int) -> String {
                """
                apiVersion: pgsteer/v1
                kind: Instance
                metadata: { name: orders, tags: { env: prod } }
                spec:
                  version: 15
                  parameters: { shared_buffers: 16MB, max_connections: \(connections) }
                  protection: { deletion: false }

                """
            }
            try home.write(specification(20))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "-o", "github").output == "")
            let narrow = try await Shell.run(
                "script -qec 'stty cols 72; \(Program.path) get parameters -o wide --no-color' /dev/null",
                environment: ["PGSTEER_HOME": home.path + "/home"]
            )
            #expect(narrow.contains("orders") && narrow.contains("…"), "\(narrow)")
            #expect(narrow.split(whereSeparator: \.isNewline).allSatisfy { $0.count <= 72 }, "\(narrow)")
            try home.write(specification(30))
            let github = try await home.run("plan", "specs", "-o", "github").output
            #expect(github.hasPrefix("::warning file=specs/fixture.yaml,line=6,endLine=6,col=56,"), "\(github)")
            #expect(
                github.contains("title=PGS-064 Disruptive change::Instance/orders parameters.max_connections: 20 -> 30")
            )
            let sarif = try await home.run("plan", "specs", "-o", "sarif").output
            #expect(sarif.contains("\"ruleId\" : \"PGS-064\"") && sarif.contains("\"startLine\" : 6"))

            let policy = """
                  policy:
                    - name: no restarts
                      match: { tags: { env: prod } }
                      require: { impact: reload }

                """
            let fleet = home.fleetDocument + policy
            try fleet.write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
            #expect(try await home.run("validate", "--strict", "specs").isSuccess)
            for verb in [["plan"], ["apply", "--yes"]] {
                let refused = try await home.run(verb + ["specs"])
                #expect(refused.code == 1 && refused.errors.contains("error[PGS-063]"), "\(refused.errors)")
                #expect(refused.errors.contains("specs/fixture.yaml:6:56") && refused.errors.contains(": the rule"))
            }
            let annotated = try await home.run("plan", "specs", "-o", "github")
            #expect(annotated.code == 1 && annotated.output.contains("::error file=specs/fixture.yaml,line=6,"))
            let comment = try await home.run("plan", "specs", "-o", "markdown")
            #expect(
                comment.code == 1 && comment.output.contains("\n**apply refuses this plan.** **0** to create, **1** ")
            )
            #expect(comment.output.contains("\n- error PGS-063 `specs/fixture.yaml:6:56` "), "\(comment.output)")
            #expect(
                comment.output.contains("| update Instance/orders | parameters.max_connections | 20 | 30 | restart |")
            )
            let text = try await home.run("plan", "specs")
            #expect(text.code == 1 && text.output.contains("max_connections"), "\(text.output)")
            // Drift looks at what others did, and no rule stops looking.
            #expect(try await home.run("drift", "specs").code == 0)
        }
    }

    @Test func `a comment has an end, and what is left out is counted`() async throws {
        try await TemporaryHome.with { home in
            let documents = (0..<120)
                .map { number in
                    let accounts = (0..<20)
                        .map { "    - { name: a\($0), login: false, remark: \"| <b> `x` & y\\r\\n[z](z) @all\" }\n" }
                    return """
                        ---
                        apiVersion: pgsteer/v1
                        kind: Instance
                        metadata: { name: shop-\(number) }
                        spec:
                          version: 15
                          accounts:
                        \(accounts.joined())
                        """
                }
            try home.write(documents.joined())
            let markdown = try await home.run("plan", "specs", "-o", "markdown").output
            #expect(markdown.hasPrefix("<!-- pgsteer plan -->\n## pgsteer plan\n\n**2520** to create, "))
            #expect(markdown.utf8.count <= 65_000 && markdown.utf8.count > 60_000)
            #expect(markdown.contains(" more. `pgsteer plan` shows everything._\n"))
            let opened = markdown.split(separator: "<details>").count
            #expect(opened == markdown.split(separator: "</details>").count, "every part is closed")
            #expect(!markdown.contains("<b> `x`"))
            // Neither a row of its own, nor a link, nor a call to somebody.
            #expect(!markdown.unicodeScalars.contains("\r") && markdown.contains("z](z) &#64;all"))
            #expect(!markdown.contains(" [z](z)") && !markdown.contains("@all"))
        }
    }

    @Test func `the steps of the action do what they say`() async throws {
        let action = try Self.document("packaging/github-action/action.yml")
        let steps = try #require(action["runs"]?["steps"]?.sequence)
        var scripts: [String: String] = [:]
        for step in steps {
            #expect(step["shell"]?.scalar?.text == "bash")
            let script = try #require(step["run"]?.scalar?.text)
            // What comes from outside reaches a script as a variable and never as its text.
            #expect(!script.contains("${{"))
            scripts[step["name"]?.scalar?.text ?? ""] = script
        }
        try await TemporaryHome.with { home in
            try home.write("apiVersion: pgsteer/v1\nkind: Instance\nmetadata: {name: a}\nspec: { version: 15 }\n")
            let folder = Program.path.split(separator: "/").dropLast().joined(separator: "/")
            var environment = [
                "PATH": "/\(folder):/usr/local/bin:/usr/bin:/bin", "PGSTEER_HOME": home.path + "/home",
                "SPECS": "specs", "RUNNER_TEMP": home.path, "GITHUB_STEP_SUMMARY": home.path + "/summary",
            ]
            func run(_ name: String) async throws -> String {
                let script = try #require(scripts[name])
                try script.write(toFile: home.path + "/step.sh", atomically: true, encoding: .utf8)
                let command = "cd \(home.path); bash --noprofile --norc -eo pipefail step.sh 2>&1; echo \"code $?\""
                return try await Shell.run(command, environment: environment)
            }
            #expect(
                try await run("Format")
                    .contains("::error file=specs/fixture.yaml,title=Not formatted::run pgsteer fmt\n")
            )
            #expect(try await home.run("fmt", "specs").isSuccess)
            #expect(try await run("Format").hasSuffix("code 0\n"))
            #expect(try await run("Validate") == "code 0\n")
            let planned = try await run("Plan")
            #expect(planned.hasSuffix("code 0\n"), "\(planned)")
            let summary = try String(contentsOfFile: home.path + "/summary", encoding: .utf8)
            #expect(summary.hasPrefix("<!-- pgsteer plan -->\n"))
            #expect(try String(contentsOfFile: home.path + "/pgsteer-plan.md", encoding: .utf8) == summary)
            // GitHub itself cannot be had here: what is sent to it is read.
            let comment = try #require(scripts["Comment"])
            let mark = try #require(summary.split(separator: "\n").first)
            #expect(comment.contains("mark='\(mark)'") && comment.contains("$RUNNER_TEMP/pgsteer-plan.md"))
            #expect(
                try await Shell.run("bash -n -c \"$SCRIPT\" && echo fine", environment: ["SCRIPT": comment]) == "fine\n"
            )
            try home.write("apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: a }\nspec: { versio: 15 }\n")
            let refused = try await run("Plan")
            #expect(refused.contains("::error file=specs/fixture.yaml,line=4") && refused.hasSuffix("code 1\n"))
            let told = try String(contentsOfFile: home.path + "/pgsteer-plan.md", encoding: .utf8)
            #expect(told.contains("**Nothing could be planned.**") && told.contains("- error PGS-"), "\(told)")
            environment["SPECS"] = "specs nowhere"
            #expect(try await run("Validate").contains("::error title=PGS-001"))
        }
    }

    @Test func `hooks and jobs name commands that there are`() async throws {
        let hooks = try #require(try Self.document(".pre-commit-hooks.yaml").sequence)
        let jobs = try #require(try Self.document("packaging/gitlab/pgsteer.yml").mapping)
        let entries = hooks.compactMap { $0["entry"]?.scalar?.text }
        let scripts = jobs.flatMap { $0.value["script"]?.sequence ?? [] }.compactMap { $0.scalar?.text }
        let commands = (entries + scripts).filter { $0.hasPrefix("pgsteer ") }
        #expect(commands.count == 5)
        try await TemporaryHome.with { home in
            try home.write("apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: a }\nspec: { version: 15 }\n")
            for command in commands {
                let output = try await Shell.run(
                    "cd \(home.path); \(Program.path.dropLast("pgsteer".count))\(command) 2>&1 && echo fine",
                    environment: ["PGSTEER_HOME": home.path + "/home", "PGSTEER_SPECS": "specs"]
                )
                #expect(output.hasSuffix("fine\n"), "\(command): \(output)")
            }
        }
    }
}
