import Diagnostics
import FleetModel
import Resources
import SpecLoading
import SpecSchema
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct RuleTests {
    @Test(arguments: ["a", "A_b-9", "_x", String(repeating: "n", count: 60)])
    func `an instance may be called`(name: String) {
        #expect(LoadedText(instance("", name: name)).found == [])
    }

    @Test(arguments: ["''", "a b", "ä", "a.b", "-a", String(repeating: "n", count: 61), "\"a/b\""])
    func `an instance may not be called`(name: String) {
        #expect(LoadedText(instance("", name: "1️⃣\(name)")).found == ["PGS-013 at 1"])
    }

    @Test(arguments: ["app", "App_1", "_x", "sixteen_letters_", "pgx", "postgres1"])
    func `an account may be called, and its role is lower case`(name: String) {
        let loaded = LoadedText(instance("accounts: [{ name: \(name) }]"))
        #expect(loaded.found == [])
        #expect(loaded.fleet.objects.map(\.id) == [ResourceID("Account", "orders", name.lowercased())])
    }

    @Test(arguments: ["''", "seventeen_letters", "1app", "pg_app", "PG_app", "postgres", "Postgres", "a-b", "ä"])
    func `an account may not be called`(name: String) {
        #expect(LoadedText(instance("accounts: [{ name: 1️⃣\(name) }]")).found == ["PGS-013 at 1"])
    }

    @Test(arguments: ["shop", "'Odd \"na.me'", "🐘", String(repeating: "d", count: 63)])
    func `a database may be called almost anything`(name: String) {
        #expect(LoadedText(instance("databases: [{ name: \(name) }]")).found == [])
    }

    @Test(arguments: ["''", "template1", "\"a\\tb\"", String(repeating: "🐘", count: 16)])
    func `a database may not be called`(name: String) {
        #expect(LoadedText(instance("databases: [{ name: 1️⃣\(name) }]")).found == ["PGS-013 at 1"])
    }

    @Test(arguments: [
        ("charset: 1️⃣utf8", "PGS-013"), ("charset: 1️⃣[UTF8]", "PGS-012"), ("count: 1️⃣11", "PGS-013"),
        ("count: 1️⃣0", "PGS-013"),
        ("count: 1️⃣two", "PGS-012"), ("1️⃣chraset: UTF8", "PGS-010"), ("1️⃣port: 5432", "PGS-014"),
        ("accounts: [{ name: a, 1️⃣superuser: true }]", "PGS-014"),
        ("accounts: [{ name: a, 1️⃣replication: true }]", "PGS-014"),
        ("accounts: [{ 1️⃣login: true }]", "PGS-011"), ("accounts: 1️⃣{ name: a }", "PGS-012"),
        ("accounts: [{ name: a, login: 1️⃣yes }]", "PGS-012"),
        ("accounts: [{ name: a, connectionLimit: 1️⃣-2 }]", "PGS-013"),
        ("accounts: [{ name: a, validUntil: 1️⃣2027-01-31 }]", "PGS-013"),
        ("accounts: [{ name: a, validUntil: 1️⃣2030-02-30T00:00:00Z }]", "PGS-013"),
        ("accounts: [{ name: a, validUntil: 1️⃣2030-02-28T25:00:00Z }]", "PGS-013"),
        ("accounts: [{ name: a, validUntil: 1️⃣2030-02-28T23:59:60Z }]", "PGS-013"),
        ("accounts: [{ name: a, validUntil: 1️⃣2030-02-28T00:00:00.5Z }]", "PGS-013"),
        ("accounts: [{ name: a, validUntil: 1️⃣2100-02-29T00:00:00+08:00 }]", "PGS-013"),
        ("accounts: [{ name: a, passwordFrom: 1️⃣{ env: A, file: b } }]", "PGS-013"),
        ("accounts: [{ name: a, passwordFrom: 1️⃣secret }]", "PGS-012"),
        ("size: { memory: 1️⃣2 apples }", "PGS-013"), ("size: { memory: 1️⃣1MiB }", "PGS-013"),
        ("backup: { schedule: 1️⃣\"0 25 * * *\" }", "PGS-013"), ("backup: { keep: 1️⃣7 days }", "PGS-013"),
        ("maintenance: { windows: [1️⃣\"Sun 2-4\"] }", "PGS-013"), ("availability: { mode: 1️⃣double }", "PGS-013"),
        ("availability: { replication: 1️⃣sync }", "PGS-013"),
        ("availability: { mode: 1️⃣daul, replication: sync, maxSwitchoverLag: 1MiB }", "PGS-013"),
        ("availability: { mode: dual, replication: 1️⃣snyc, syncFallback: true }", "PGS-013"),
        ("availability: { mode: dual, syncFallback: 1️⃣true }", "PGS-013"),
        ("availability: { maxSwitchoverLag: 1️⃣1MiB }", "PGS-013"),
        ("availability: { mode: dual, maxSwitchoverLag: 1️⃣soon }", "PGS-013"),
        ("availability: { mode: dual }\nparameters: { wal_level: 1️⃣minimal }", "PGS-031"),
        ("availability: { mode: dual }\nparameters: { max_wal_senders: 1️⃣2 }", "PGS-031"),
        ("availability: { mode: dual }\nparameters: { max_replication_slots: 1️⃣0 }", "PGS-031"),
        ("parameters: { 1️⃣wrok_mem: 8MB }", "PGS-030"), ("parameters: { 1️⃣io_method: sync }", "PGS-030"),
        ("parameters: { work_mem: 1️⃣8mb }", "PGS-031"), ("parameters: { max_connections: 1️⃣0 }", "PGS-031"),
        ("parameters: { 1️⃣port: 5433 }", "PGS-032"), ("parameters: { 1️⃣block_size: 8192 }", "PGS-032"),
        ("parameters: { fsync: 1️⃣off }", "PGS-033"), ("parameters: { search_path: 1️⃣\"a\\nb\" }", "PGS-031"),
        ("drift: { ignore: [{ resource: 1️⃣Acount/app, reason: r, until: 2030-01-01T00:00:00Z }] }", "PGS-013"),
        ("drift: { ignore: [{ resource: 1️⃣Instance/orders, reason: r, until: 2030-01-01T00:00:00Z }] }", "PGS-013"),
        ("drift: { ignore: [{ resource: 1️⃣Account, reason: r, until: 2030-01-01T00:00:00Z }] }", "PGS-013"),
        ("drift: { ignore: [{ resource: 1️⃣Account/, reason: r, until: 2030-01-01T00:00:00Z }] }", "PGS-013"),
        ("parameterTemplate: 1️⃣nowhere", "PGS-021"), ("databases: [{ name: d, owner: 1️⃣nobody }]", "PGS-021"),
    ])
    func `a broken rule is reported where it is broken`(spec: String, code: String) {
        #expect(LoadedText(instance(spec)).found == ["\(code) at 1"])
    }

    @Test func `a count makes numbered instances with their own objects`() {
        let loaded = LoadedText(instance("count: 3\naccounts: [{ name: app }]"))
        #expect(loaded.fleet.instances.keys.sorted() == ["orders-1", "orders-2", "orders-3"])
        #expect(loaded.fleet.objects.count == 3)
    }

    @Test func `a key without a value counts as not written, and is warned of`() {
        let loaded = LoadedText(instance("1️⃣backup:\n2️⃣parameters:\naccounts: [{ name: a, 3️⃣remark: }]"))
        #expect(loaded.found == ["PGS-055 at 1", "PGS-055 at 2", "PGS-055 at 3"])
        #expect(loaded.diagnostics.allSatisfy { $0.severity == .warning })
        #expect(loaded.fleet.instances["orders"]?.backup == nil)
    }
}

@Suite struct DocumentTests {
    @Test func `all mistakes of all documents are told in one go, sorted by place`() {
        let loaded = LoadedText(
            """
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: 1️⃣or ders }
            spec:
              version: 15
              2️⃣chraset: UTF8
              parameters: { 3️⃣wrok_mem: 8MB, work_mem: 4️⃣8mb }
            ---
            apiVersion: pgsteer/v1
            kind: 5️⃣Instnce
            metadata: { name: x }
            ---
            apiVersion: 6️⃣pgsteer/v2
            kind: Instance
            metadata: { name: x }
            """
        )
        #expect(loaded.found.prefix(2) == ["PGS-013 at 1", "PGS-010 at 2"])
        #expect(loaded.found.suffix(2) == ["PGS-015 at 5", "PGS-016 at 6"])
    }

    @Test func `an item without a space behind its dash is told as that`() {
        let loaded = LoadedText(instance("databases:\n  1️⃣-name: shop"))
        #expect(loaded.found == ["PGS-012 at 1"])
        #expect(loaded.diagnostics.first?.help == "write a space behind the \"-\" of each item")
    }

    @Test func `a resource declared twice is shown with both places`() throws {
        let loaded = LoadedText(instance("accounts: [{ name: 2️⃣app }, { name: 1️⃣App }]"))
        #expect(loaded.found == ["PGS-020 at 1"])
        #expect(loaded.diagnostics.first?.notes.first?.range.column == loaded.marks.places[2]?.column)
    }

    @Test func `inline and own documents declare the same resources`() {
        let loaded = LoadedText(
            instance("accounts: [{ name: app }]") + """
                ---
                apiVersion: pgsteer/v1
                kind: Account
                metadata: { name: 1️⃣App }
                spec: { instance: orders }
                ---
                apiVersion: pgsteer/v1
                kind: Database
                metadata: { name: label }
                spec: { instance: orders, name: "my shop", owner: app }
                ---
                apiVersion: pgsteer/v1
                kind: Database
                metadata: { name: lost }
                spec: { instance: 2️⃣oders }
                """
        )
        #expect(loaded.found == ["PGS-020 at 1", "PGS-021 at 2"])
        #expect(loaded.diagnostics.last?.help == "did you mean \"orders\"?")
        #expect(loaded.fleet.object(ResourceID("Database", "orders", "my shop")) != nil)
    }

    @Test func `what could not be read is not reported as missing a second time`() {
        let loaded = LoadedText(instance("accounts: [{ 1️⃣nmae: app }]\ndatabases: [{ name: shop, owner: app }]"))
        #expect(loaded.found.count == 2)
        #expect(!loaded.found.contains { $0.hasPrefix("PGS-021") })
    }

    @Test func `a mistake elsewhere in a document does not hide a name that nothing has`() {
        let loaded = LoadedText(
            instance(
                """
                accounts: [{ name: App, login: 1️⃣no }, { name: 2️⃣seventeen_letters }]
                databases: [{ name: shop, owner: app }, { name: stock, owner: 3️⃣ap }, { name: old, owner: seventeen_letters }]
                """
            )
        )
        #expect(loaded.found.prefix(2) == ["PGS-012 at 1", "PGS-013 at 2"])
        #expect(loaded.found.filter { $0.hasPrefix("PGS-021") } == ["PGS-021 at 3"])
    }

    @Test func `a mistake in a template names who uses it, and is told once`() throws {
        let users = (1...3).map { instance("parameterTemplate: web", name: "i\($0)") }.joined(separator: "---\n")
        let loaded = LoadedText(
            users + """
                ---
                apiVersion: pgsteer/v1
                kind: ParameterTemplate
                metadata: { name: web }
                spec: { parameters: { 1️⃣wrok_mem: 8MB } }
                """
        )
        #expect(loaded.found == ["PGS-030 at 1"])
        #expect(loaded.diagnostics.first?.notes.first?.message == "used by Instance/i1, PostgreSQL 15")
    }

    @Test func `a list keeps its elements apart, whatever is in them`() {
        let loaded = LoadedText(
            instance(#"parameters: { search_path: [web, "$user", "My Schema", "a,b", '"Q"', ""] }"#)
        )
        #expect(loaded.found == [])
        let value = loaded.fleet.instances["orders"]?.parameterValues["search_path"]
        #expect(value == #"web, $user, "My Schema", "a,b", "Q", """#)
    }

    @Test func `a unit in the wrong case is told as it must be written`() {
        let loaded = LoadedText(instance("parameters: { work_mem: 1️⃣64mb }"))
        #expect(loaded.found == ["PGS-031 at 1"])
        #expect(loaded.diagnostics.first?.help == "write 64MB; the case of units counts")
    }

    @Test func `the nearest origin of a parameter wins`() throws {
        let loaded = LoadedText(
            instance("size: { memory: 1GiB }\nparameterTemplate: web\nparameters: { work_mem: 3MB }") + """
                ---
                apiVersion: pgsteer/v1
                kind: Fleet
                metadata: { name: all }
                spec: { defaults: { parameters: { work_mem: 1MB, maintenance_work_mem: 70MB, shared_buffers: 99MB } } }
                ---
                apiVersion: pgsteer/v1
                kind: ParameterTemplate
                metadata: { name: web }
                spec: { parameters: { work_mem: 2MB, maintenance_work_mem: 80MB } }
                """
        )
        #expect(loaded.found == [])
        let instance = try #require(loaded.fleet.instances["orders"])
        let values = instance.parameterValues
        #expect(values["work_mem"] == "3MB")
        #expect(values["maintenance_work_mem"] == "80MB")
        #expect(values["shared_buffers"] == "99MB")
        #expect(values["effective_cache_size"] == "768MB")
        #expect(instance.parameters.first { $0.name == "maintenance_work_mem" }?.origin == .template("web"))
    }

    @Test func `two fleets are one too many`() {
        let fleet = "apiVersion: pgsteer/v1\nkind: Fleet\nmetadata: { name: a }\n"
        #expect(LoadedText(fleet + "---\n" + fleet).diagnostics.map(\.code) == [.duplicateResource])
    }

    @Test func `endpoints and servers may not share ports`() {
        let loaded = LoadedText(
            "apiVersion: pgsteer/v1\nkind: Fleet\nmetadata: { name: a }\nspec: { local: { ports: 2000-3000, nodePorts: 1️⃣2500-2600 } }\n"
        )
        #expect(loaded.found == ["PGS-013 at 1"])
    }
}

@Suite struct SecretRuleTests {
    private func check(_ password: String) -> [DiagnosticCode] {
        let loaded = LoadedText(instance("accounts: [{ name: a, passwordFrom: { env: P } }]"))
        var fleet = loaded.fleet
        var collector = DiagnosticCollector()
        SecretLoading(environment: ["P": password]).load(into: &fleet, collector: &collector)
        #expect(!collector.diagnostics.contains { $0.detail.contains(password) && !password.isEmpty })
        return collector.diagnostics.map(\.code)
    }

    @Test(arguments: ["Abcdefgh1jk!", "()`~!@#$%^&*-+=_|aB3", "Aa1!Aa1!Aa1!Aa1!Aa1!Aa1!Aa1!Aa1!"])
    func `a password may be`(password: String) { #expect(check(password) == []) }

    @Test(arguments: [
        "Aa1!aaa", "Aa1!Aa1!Aa1!Aa1!Aa1!Aa1!Aa1!Aa1!x", "/Abcdefgh1jk!", "abcdefgh1jk!", "ABCDEFGH1JK!", "Abcdefghijk!",
        "Abcdefgh1jkl",
        "Äbcdefgh1jkA!", "Abcd efgh1jk!",
    ])
    func `a password may not be`(password: String) { #expect(check(password) == [.badPassword]) }

    @Test func `a short password is a warning`() { #expect(check("Aa1!aaaa") == [.weakPassword]) }

    @Test(arguments: [
        "accounts: [{ name: a, passwordFrom: 1️⃣{ env: NOWHERE } }]",
        "connection: { uri: \"postgresql://a@db/postgres\", passwordFrom: 1️⃣{ env: NOWHERE } }",
    ])
    func `a missing secret is reported at the line that refers to it`(spec: String) throws {
        let loaded = LoadedText(instance(spec))
        var fleet = loaded.fleet
        var collector = DiagnosticCollector()
        SecretLoading(environment: [:]).load(into: &fleet, collector: &collector)
        let diagnostic = try #require(collector.diagnostics.first)
        #expect(diagnostic.code == .missingSecret)
        #expect(diagnostic.range?.column == loaded.marks.places[1]?.column)
        #expect(diagnostic.detail.contains("NOWHERE"))
    }

    @Test(arguments: [[0x41, 0xe4, 0x0a], [0x41, 0x00, 0x42]] as [[UInt8]])
    func `a file that nobody could type the password of is no secret`(bytes: [UInt8]) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/pgs-secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: folder + "/secret"))
        let loaded = LoadedText(instance("accounts: [{ name: a, passwordFrom: { file: \(folder)/secret } }]"))
        var fleet = loaded.fleet
        var collector = DiagnosticCollector()
        SecretLoading(environment: [:]).load(into: &fleet, collector: &collector)
        #expect(collector.diagnostics.map(\.code) == [.missingSecret])
        #expect(collector.diagnostics.first?.detail.contains("no text in UTF-8") ?? false)
    }

    @Test func `the same relative file in two folders is two secrets`() {
        var collector = DiagnosticCollector()
        let document = { (name: String) in
            instance("accounts: [{ name: a, passwordFrom: { file: secrets/a } }]", name: name)
        }
        let fleet = SpecLoader.load(
            [
                SpecText(path: "x/a.yaml", bytes: Array(document("one").utf8)),
                SpecText(path: "y/a.yaml", bytes: Array(document("two").utf8)),
            ],
            collector: &collector
        )
        #expect(Set(fleet.objects.flatMap(\.secrets).map(\.value)) == [.file("x/secrets/a"), .file("y/secrets/a")])
    }

    @Test func `a secret does not show itself`() {
        let secret = Secret("geheim")
        #expect("\(secret)" == "****")
        #expect(String(reflecting: secret) == "****")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("geheim"))
    }
}

@Suite struct LargeFileTests {
    @Test func `a large file is read in pieces with the same lines and the same result`() {
        let documents = (1...3000)
            .map {
                instance("parameters:\n  work_mem: \($0 % 7 == 0 ? "8mb" : "8MB")", name: "i\($0 == 2999 ? 1 : $0)")
            }
        let text = documents.joined(separator: "---\n")
        #expect(text.utf8.count > 300_000)
        let loaded = LoadedText(text)
        #expect(loaded.fleet.instances.count == 2999)
        let bad = loaded.diagnostics.filter { $0.code == .badParameterValue }
        #expect(bad.count == 3000 / 7)
        #expect(bad.allSatisfy { $0.range?.file.line($0.range?.line ?? 0)?.contains("8mb") == true })
        let twice = loaded.diagnostics.filter { $0.code == .duplicateResource }
        #expect(twice.count == 1)
        #expect(twice.first?.notes.first?.range.line == 3)
    }
}
