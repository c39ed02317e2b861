import Diagnostics
import TestSupport
import Testing

/// A Fleet with rules, and an instance that has to keep them.
private func fleet(_ rules: String, _ spec: String, metadata: String = "name: orders") -> LoadedText {
    LoadedText(
        """
        apiVersion: pgsteer/v1
        kind: Fleet
        metadata: { name: shop }
        spec:
          policy:
        \(rules.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
        ---
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { \(metadata) }
        spec:
          version: 15
        \(spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))

        """
    )
}

@Suite struct PolicyTests {
    @Test(arguments: [
        ("publicEndpoint: false", "network: { public: 1️⃣true }", "it has a public endpoint"),
        ("deletionProtection: true", "protection: { deletion: 1️⃣false }", "its deletion protection is off"),
        ("versions: [16, 17]", "size: { cpu: 1 }", "PostgreSQL 15 is not among the allowed versions (16, 17)"),
        (
            "parameters: { max_connections: { maximum: 500 } }", "parameters: { max_connections: 1️⃣501 }",
            "max_connections is 501, more than 500"
        ),
        (
            "parameters: { work_mem: { minimum: 8MB } }", "parameters: { work_mem: 1️⃣8191kB }",
            "work_mem is 8191kB, less than 8MB"
        ),
        (
            "parameters: { wal_level: { oneOf: [logical] } }", "parameters: { wal_level: 1️⃣replica }",
            "wal_level is replica, not logical"
        ),
        ("backup: true", "backup: 1️⃣{ keep: 7d }", "no base backups are made of it"),
        ("maintenanceWindows: true", "maintenance: 1️⃣{ windows: [] }", "it has no maintenance window"),
        ("availability: dual", "availability: { mode: 1️⃣single }", "its availability is single, not dual"),
        (
            "impactOutsideWindow: reload", "maintenance: 1️⃣{ windows: [] }",
            "it has no maintenance window, and only inside of one may it be disturbed by more than reload"
        ),
    ])
    func `an instance that breaks a rule is told with both lines`(demand: String, spec: String, problem: String) throws
    {
        let loaded = fleet("- name: 2️⃣strict\n  require: { \(demand) }", spec)
        let told = loaded.diagnostics.filter { $0.code.id == "PGS-062" }
        let diagnostic = try #require(told.first)
        #expect(told.count == 1 && diagnostic.severity == .error)
        // A backup without a schedule is a warning of its own.
        #expect(loaded.diagnostics.allSatisfy { ["PGS-062", "PGS-080"].contains($0.code.id) })
        #expect(diagnostic.detail == "Instance/orders breaks the rule \"strict\": \(problem).")
        if loaded.marks.places[1] != nil { #expect(loaded.found.contains("PGS-062 at 1")) }
        let note = try #require(diagnostic.notes.first)
        #expect(loaded.marks.places[2]?.line == note.range.line && loaded.marks.places[2]?.column == note.range.column)
    }

    @Test(arguments: [
        "publicEndpoint: false", "deletionProtection: true", "versions: [15]", "availability: single", "backup: false",
        "parameters: { max_connections: { minimum: 100, maximum: 100 }, work_mem: { oneOf: [4MB, 8MB] } }",
        "parameters: { ssl: { oneOf: no } }", "impactOutsideWindow: rebuild",
    ])
    func `what nobody says is what PostgreSQL and pgsteer do without being told`(demand: String) {
        #expect(fleet("- name: strict\n  require: { \(demand) }", "size: { cpu: 1 }").found == [])
    }

    @Test(arguments: [
        ("names: orders", true), ("names: [a, ord*s]", true), ("names: ord", false), ("names: \"*\"", true),
        ("projects: shop", true), ("projects: [finance, sh*p*]", true), ("projects: shop-2", false),
        ("projects: \"\"", false),
        ("tags: { env: prod }", true), ("tags: { env: p*, tier: gold }", true), ("tags: { env: prod, a: b }", false),
        ("names: o*, except: orders", false), ("except: billing", true), ("names: o*, projects: finance", false),
    ])
    func `a rule is about what everything in match is true of`(selector: String, isMeant: Bool) {
        let loaded = fleet(
            "- name: strict\n  match: { \(selector) }\n  require: { versions: [18] }",
            "size: { cpu: 1 }",
            metadata: "name: orders, project: shop, tags: { env: prod, tier: gold }"
        )
        #expect(loaded.diagnostics.map(\.code.id) == (isMeant ? ["PGS-062"] : []))
    }

    @Test func `a rule may only warn, with a message of its own`() {
        let rule = "- name: a\n  require: { versions: [18] }\n  severity: warning\n  message: ask Ada"
        let loaded = fleet(rule, "size: { cpu: 1 }")
        #expect(loaded.diagnostics.map(\.severity) == [.warning] && loaded.diagnostics.map(\.help) == ["ask Ada"])
    }

    @Test(arguments: [
        ("- { name: 1️⃣a, require: {} }", "PGS-013"), ("- { 1️⃣name: a }", "PGS-011"),
        ("- { name: a, 1️⃣macht: { names: b }, require: { backup: true } }", "PGS-010"),
        ("- { name: a, match: { 1️⃣tag: { a: b } }, require: { versions: [18] } }", "PGS-010"),
        ("- { name: a, require: { parameters: { 1️⃣max_conections: { maximum: 5 } } } }", "PGS-013"),
        ("- { name: a, require: { parameters: { max_connections: { maximum: 1️⃣many } } } }", "PGS-013"),
        ("- { name: a, require: { parameters: { wal_level: { minimum: 1️⃣5 } } } }", "PGS-013"),
        ("- { name: a, require: { impact: 1️⃣much } }", "PGS-013"),
        ("- { name: a, require: { backup: true }, severity: 1️⃣fatal }", "PGS-013"),
        ("- { name: 1️⃣\"\", require: { versions: [18] } }", "PGS-013"),
        ("- { name: a, match: { names: 1️⃣[] }, require: { versions: [18] } }", "PGS-013"),
        ("- { name: a, match: { names: 1️⃣\"\" }, require: { versions: [18] } }", "PGS-013"),
        ("- { name: a, match: { projects: 1️⃣[] }, require: { versions: [18] } }", "PGS-013"),
    ])
    func `a rule that is not understood is a mistake and no rule`(rule: String, code: String) {
        #expect(fleet(rule, "size: { cpu: 1 }").found == ["\(code) at 1"])
    }

    @Test(arguments: [
        "accounts: [{ name: app, login: false, remark: 1️⃣\"psql 'host=a password=Sesame1!'\" }]",
        "accounts: [{ name: app, login: false, remark: 1️⃣\"psql postgresql://app:Sesame1!@host/shop\" }]",
    ])
    func `a password in a document is told, and its value is not`(spec: String) {
        let loaded = LoadedText(instance(spec))
        #expect(loaded.found == ["PGS-065 at 1"])
        #expect(!TextDiagnosticRenderer(style: .plain).render(loaded.diagnostics).contains("Sesame"))
    }

    @Test(arguments: [
        "1️⃣dbPWD", "1️⃣x-api-Token", "1️⃣PASSWORD", "1️⃣secret", "passwordFrom", "paswrd", "pw", "to-ken", "token_hash",
    ])
    func `words for secrets are found anywhere in a key, in any case`(key: String) {
        let loaded = LoadedText(instance("charset: UTF8", name: "orders, tags: { \(key): Sesame1! }"))
        #expect(loaded.found.filter { $0.hasPrefix("PGS-065") } == (key.hasPrefix("1️⃣") ? ["PGS-065 at 1"] : []))
    }

    @Test func `a key that is called like a secret is told, and one that refers to it is not`() {
        let spec = """
            admin: { name: boss, passwordFrom: { env: X } }
            parameters: { password_encryption: scram-sha-256 }
            restartToken: "2026-11-25"
            """
        let loaded = LoadedText(instance(spec, name: "orders, tags: { 1️⃣token: Sesame1! }"))
        #expect(loaded.found == ["PGS-065 at 1"])
        #expect(!TextDiagnosticRenderer(style: .plain).render(loaded.diagnostics).contains("Sesame"))
    }
}
