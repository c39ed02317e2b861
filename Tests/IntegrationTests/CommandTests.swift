import Resources
import SpecSchema
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the program prints, as a user or a script sees it.
@Suite struct CommandTests {
    @Test func `the first specification is valid as it is printed`() async throws {
        try await TemporaryHome.with { home in
            let text = try await home.run("init", "--name", "9-lives").output
            try text.write(toFile: home.path + "/specs/first.yaml", atomically: true, encoding: .utf8)
            let result = try await home.run("validate", "specs")
            #expect(result.isSuccess, "\(result.errors)")
            #expect(result.output == "1 file valid: 1 instance, 3 objects in them\n")
        }
    }

    @Test func `render prints specifications that mean the same`() async throws {
        let options = ", inherit: true, set: true"
        try await ExternalHome.with(16) { place in
            let specification = MutationTests.specification.replacing(" MEMBER_OPTIONS", with: options)
            try place.home.write(place.instance(specification))
            try await expectsRenderMeansTheSame(place.home, atLeast: 30)
        }
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            try await expectsRenderMeansTheSame(home, atLeast: 20)
        }
    }

    /// A plan against an empty server tells everything that the specifications ask for.
    private func expectsRenderMeansTheSame(_ home: TemporaryHome, atLeast count: Int) async throws {
        let written = try await whatIsPlanned(home)
        #expect(written.count >= count, "\(written)")
        let rendered = try await home.run("render", "specs").output
        try FileManager.default.removeItem(atPath: home.path + "/specs/fleet.yaml")
        try rendered.write(toFile: home.path + "/specs/fixture.yaml", atomically: true, encoding: .utf8)
        #expect(try await whatIsPlanned(home) == written)
        #expect(try await home.run("render", "specs").output == rendered)
    }

    /// The lines of a plan but for the places of what is asked for.
    private func whatIsPlanned(_ home: TemporaryHome) async throws -> Set<String> {
        let plan = try await home.run("plan", "specs")
        #expect(plan.isSuccess, "\(plan.errors)")
        return Set(plan.output.split(separator: "\n").map { String($0.replacing(#/ +specs/\S+:\d+:\d+/#, with: "")) })
    }

    @Test func `validate tells mistakes in every format with the same places`() async throws {
        try await TemporaryHome.with { home in
            try home.write(
                "apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: a }\nspec: { version: 15, chraset: UTF8 }\n"
            )
            let text = try await home.run("validate", "specs")
            #expect(text.code == 1)
            #expect(
                text.errors.contains("specs/fixture.yaml:4:22") && text.errors.contains("did you mean \"charset\"?")
            )
            let github = try await home.run("validate", "specs", "-o", "github").output
            #expect(github.hasPrefix("::error file=specs/fixture.yaml,line=4,endLine=4,col=22,"))
            let json = try await home.run("validate", "specs", "-o", "json").output
            let report = try #require(try JSONDecoder().decode(Report.self, from: Data(json.utf8)).diagnostics.first)
            #expect(report.code == "PGS-010" && report.source.line == 4 && report.source.column == 22)
            let sarif = try await home.run("validate", "specs", "-o", "sarif").output
            #expect(sarif.contains("\"ruleId\" : \"PGS-010\"") && sarif.contains("\"startColumn\" : 22"))
        }
    }

    private struct Report: Decodable {
        struct Entry: Decodable {
            var code: String
            var source: Source
        }
        struct Source: Decodable {
            var file: String
            var line: Int
            var column: Int
        }
        var diagnostics: [Entry]
    }

    @Test func `every kind and every key can be explained`() async throws {
        try await TemporaryHome.with { home in
            for kind in ResourceCatalog.kinds {
                let all = try await home.run("explain", kind.kind)
                #expect(all.isSuccess && all.output.contains(kind.summary))
                for field in kind.shape.fields {
                    let one = try await home.run("explain", "\(kind.kind).spec.\(field.name)")
                    #expect(one.output.contains(field.summary), "\(kind.kind).\(field.name)")
                }
            }
            #expect(
                try await home.run("explain", "Instance.spec.backup.keep").output.contains("How long a backup is kept")
            )
            #expect(
                try await home.run("explain", "Instance.spec.parameters.max_connections").output
                    .contains("impact    restart")
            )
            #expect(try await home.run("explain", "Instance.spec.bakup").errors.contains("backup"))
        }
    }

    @Test func `the JSON Schema knows every kind and refuses unknown keys`() async throws {
        try await TemporaryHome.with { home in
            let schema = try await home.run("schema").output
            for kind in ResourceCatalog.kinds { #expect(schema.contains("\"const\" : \"\(kind.kind)\"")) }
            #expect(schema.contains("\"additionalProperties\" : false"))
            #expect(schema.contains("\"max_connections\""))
        }
    }

    @Test func `every form of connecting is taken by the real psql`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            func form(_ kind: String) async throws -> String {
                try await home.run("connect", "orders", "--as", "app", "-d", "odd \"na.me/% 🐘", "--print", kind).output
            }
            let file = home.path + "/services"
            let service = try await form("service")
            try service.write(toFile: file, atomically: true, encoding: .utf8)
            let query = "-Atc 'select current_database()'"
            let commands = [
                "psql '\(try await form("uri").dropLast())' \(query)", "\(try await form("env")) psql \(query)",
                "\(try await form("psql").dropLast()) \(query)", "PGSERVICEFILE=\(file) psql service=orders \(query)",
            ]
            for command in commands {
                let shell = try await Shell.run(command, environment: ["PGPASSWORD": TemporaryHome.password("app")])
                #expect(shell == "odd \"na.me/% 🐘\n", "\(command)")
            }
            #expect(try await form("pgadmin").contains("\"MaintenanceDB\""))
        }
    }

    @Test func `lists are printed for people, scripts and programs`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("get", "instances", "-o", "name").output == "orders\n")
            #expect(try await home.run("get", "accounts", "orders", "-o", "name").output == "app\nboss\nreporter\n")
            #expect(try await home.run("get", "databases", "-o", "json").output.contains("\"owner\" : \"app\""))
            #expect(try await home.run("get", "parameters", "orders").output.contains("work_mem"))
            let described = try await home.run("describe", "orders").output
            #expect(described.contains("PostgreSQL 15.") && described.contains("it's a \\ web"))
            #expect(try await home.run("doctor").isSuccess)
            let history = try await home.run("history", "orders").output
            #expect(history.contains("create orders: PostgreSQL 15"))
            #expect(try await home.run("restart", "--selector", "env=test").output == "Restarted 1 of 1 instances.\n")
            #expect(try await home.run("restart", "--all", "--batch", "2").isSuccess)
        }
    }

    @Test func `an interrupted apply finishes what runs, starts nothing more, and goes on next time`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            let begin = "\(Program.path) apply specs --yes > out 2>&1 & p=$!"
            let waitForFirst = "while ! grep -q '^\\[1/' out; do sleep 0.01; done"
            let output = try await Shell.run(
                "cd \(home.path); \(begin); \(waitForFirst); kill -INT $p; wait $p; echo code $?; cat out",
                environment: [
                    "PGSTEER_HOME": home.path + "/home", "APP_PASSWORD": TemporaryHome.password("app"),
                    "ADMIN_PASSWORD": TemporaryHome.password("admin"),
                ]
            )
            #expect(output.contains("code 130"), "\(output)")
            #expect(output.contains("not started, because the run was interrupted"), "\(output)")
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `several instances made side by side have endpoints of their own, and go one by one`() async throws {
        try await TemporaryHome.with { home in
            try home.write(
                """
                apiVersion: pgsteer/v1
                kind: Instance
                metadata: { name: many }
                spec: { version: 15, count: 5, parameters: { shared_buffers: 16MB }, protection: { deletion: false } }
                """
            )
            let applied = try await home.run("apply", "specs", "--yes", "--parallelism", "5")
            #expect(applied.isSuccess, "\(applied.errors)")
            #expect(Set(try await home.run("get", "endpoints", "-o", "name").output.split(separator: "\n")).count == 5)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
            for number in 1...5 {
                let destroyed = try await home.run("destroy", "many-\(number)", "many-\(number)")
                #expect(destroyed.isSuccess, "\(destroyed.errors)")
                #expect(
                    try await home.run("get", "endpoints").output.split(separator: "\n").dropFirst()
                        .allSatisfy { $0.contains(" yes ") }
                )
            }
            #expect(home.processes == [])
        }
    }

    @Test func `each example plans what its page shows`() async throws {
        let folder = PostgresInstallations.root + "/examples"
        var variables: [String: String] = ["NO_COLOR": "1"]
        for name in ["ORDERS_ADMIN", "ORDERS_APP", "PLATFORM", "ANALYST", "APP", "MOVER"] {
            variables["\(name)_PASSWORD"] = TemporaryHome.password("x")
        }
        let folders = PostgresInstallations.folders.values.sorted() + ["/usr/bin", "/bin"]
        variables["PATH"] = folders.joined(separator: ":")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let result = try await Program.run(
                ["plan", "examples/\(name)", "--home", "/tmp/pgs-nowhere"],
                environment: variables,
                in: PostgresInstallations.root
            )
            #expect(result.isSuccess, "\(name): \(result.errors)")
            let expected = try String(contentsOfFile: "\(folder)/\(name)/plan.txt", encoding: .utf8)
            #expect(result.output == expected, "\(name)")
        }
    }

    @Test func `colours are for terminals only`() async throws {
        try await TemporaryHome.with { home in
            try home.write(LifecycleTests.specification(major: 15))
            let plain = try await home.run(["plan", "specs"], environment: ["NO_COLOR": ""])
            #expect(!plain.output.contains("\u{1B}"))
            let forced = try await home.run(["plan", "specs"], environment: ["NO_COLOR": "", "CLICOLOR_FORCE": "1"])
            #expect(forced.output.contains("\u{1B}[32m"))
        }
    }
}
