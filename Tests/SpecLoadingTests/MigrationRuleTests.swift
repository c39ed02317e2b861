import Diagnostics
import FleetModel
import Resources
import SpecLoading
import SpecSchema
import Testing

/// A Migration document with these lines in its `spec`, behind instances that it may name.
private func migration(_ spec: String) -> String {
    """
    apiVersion: pgsteer/v1
    kind: Migration
    metadata: { name: 9️⃣move }
    spec:
    \(spec.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n"))
    ---

    """ + instance("databases: [{ name: shop }]") + "---\n" + instance("databases: [{ name: shop }]", name: "orders17")
}

/// What a Migration document means, and each mistake in it with its place.
@Suite struct MigrationRuleTests {
    @Test func `a short document gets the usual policy`() throws {
        let loaded = LoadedText(
            migration(
                """
                source: { uri: "postgresql://mover@10.0.0.5/shop", passwordFrom: { env: MOVER_PASSWORD } }
                target: { instance: orders17, database: shop }
                type: full+incremental
                """
            )
        )
        #expect(loaded.found == [])
        let migration = try #require(loaded.fleet.migrations["move"])
        #expect(
            migration.source.value
                == .uri("postgresql://mover@10.0.0.5/shop", password: .environment("MOVER_PASSWORD"))
        )
        #expect(migration.target.value == .instance("orders17", database: "shop"))
        #expect(migration.type.value == .fullAndIncremental)
        #expect(migration.objects.isEverything)
        #expect(migration.start == .now)
        #expect(migration.cutover == CutoverPolicy())
        #expect(migration.cutover.maxWritePause == .seconds(5))
        #expect(!migration.carriesRoles && migration.concurrency == nil && migration.skippedChecks.isEmpty)
    }

    @Test func `every key is read`() throws {
        let loaded = LoadedText(
            migration(
                """
                source: { instance: orders, database: shop }
                target: { service: elsewhere }
                type: full+incremental
                objects:
                  schemas: [shop, "audit_*"]
                  tables: [public.orders, "*.log_?"]
                  exclude: { schemas: [audit_old], tables: ["shop.tmp_*"] }
                roles: true
                start: 2027-01-31T10:00:00+08:00
                cutover: { when: automatic, maxWritePause: 500ms, sourceAfter: closed, rollback: none }
                concurrency: 4
                skipChecks: [{ id: unlogged-tables, reason: a cache }]
                """
            )
        )
        #expect(loaded.found == [])
        let migration = try #require(loaded.fleet.migrations["move"])
        #expect(migration.target.value == .service("elsewhere", password: nil))
        #expect(migration.start == .at(1_801_360_800))
        #expect(migration.cutover.maxWritePause == .milliseconds(500))
        #expect(migration.cutover.when == .automatic && migration.cutover.rollback == .none)
        #expect(migration.cutover.sourceAfter == .closed)
        #expect(migration.concurrency == 4 && migration.carriesRoles)
        #expect(migration.skippedChecks.map(\.id.value) == [.unloggedTables])
        #expect(migration.objects.includes(schema: "audit_2026", table: "x"))
        #expect(!migration.objects.includes(schema: "audit_old", table: "x"))
        // What is rendered means the same.
        let rendered = migration.document.canonicalText
        #expect(rendered.contains("2027-01-31T02:00:00Z") && rendered.contains("500ms"), "\(rendered)")
    }

    @Test(arguments: [
        // Ends
        ("source: 1️⃣{ database: shop }\ntarget: { service: x }\ntype: full", ["PGS-013 at 1"]),
        ("source: { uri: \"postgresql://a/shop\", service: 1️⃣x }\ntarget: { service: x }\ntype: full", ["PGS-013 at 1"]),
        ("source: { uri: 1️⃣\"postgresql://u:secret@a/shop\" }\ntarget: { service: x }\ntype: full", ["PGS-013 at 1"]),
        ("source: { uri: 1️⃣\"postgresql://u@a\" }\ntarget: { service: x }\ntype: full", ["PGS-013 at 1"]),
        ("source: { service: y, 1️⃣password: geheim }\ntarget: { service: x }\ntype: full", ["PGS-014 at 1"]),
        ("source: { service: y, database: 1️⃣shop }\ntarget: { service: x }\ntype: full", ["PGS-013 at 1"]),
        ("source: 1️⃣{ instance: orders }\ntarget: { service: x }\ntype: full", ["PGS-110 at 1"]),
        (
            "source: { instance: orders, database: shop, passwordFrom: 1️⃣{ env: A } }\ntarget: { service: x }\ntype: full",
            ["PGS-013 at 1"]
        ),
        (
            "source: { instance: orders, database: shop }\ntarget: 1️⃣{ instance: orders, database: shop }\ntype: full",
            ["PGS-095 at 1"]
        ),
        // References
        (
            "source: { service: y }\ntarget: { instance: 1️⃣orders18, database: 2️⃣shop }\ntype: full",
            ["PGS-021 at 1", "PGS-021 at 2"]
        ),
        ("source: { service: y }\ntarget: { instance: orders17, database: 1️⃣shopp }\ntype: full", ["PGS-021 at 1"]),
        // Values
        ("source: { service: y }\ntarget: { service: x }\ntype: 1️⃣incremental", ["PGS-013 at 1"]),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full+incremental\ncutover: { rollback: keep, sourceAfter: 1️⃣untouched }",
            ["PGS-100 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full+incremental\ncutover: { when: 1️⃣window }",
            ["PGS-101 at 1"]
        ),
        (
            "source: { service: y }\ntarget: 1️⃣{ instance: orders17, database: shop }\ntype: full+incremental\ncutover: { when: window }",
            ["PGS-101 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full+incremental\ncutover: { windows: 1️⃣[daily 00:00-01:00 UTC] }",
            ["PGS-013 at 1"]
        ),
        ("1️⃣source: { service: y }\ntarget: { service: x }", ["PGS-011 at 1"]),
        ("source: { service: y }\ntarget: { service: x }\ntype: full\nstart: 1️⃣tomorrow", ["PGS-013 at 1"]),
        ("source: { service: y }\ntarget: { service: x }\ntype: full\nconcurrency: 1️⃣0", ["PGS-013 at 1"]),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nobjects: { tables: [1️⃣orders] }",
            ["PGS-013 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nobjects: { 1️⃣databases: [shop] }",
            ["PGS-014 at 1"]
        ),
        ("source: { service: y }\ntarget: { service: x }\ntype: full\ncutover: 1️⃣{ when: automatic }", ["PGS-096 at 1"]),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full+incremental\ncutover: { maxWritePause: 1️⃣5 }",
            ["PGS-013 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nskipChecks: [{ id: 1️⃣unlogged, reason: a }]",
            ["PGS-013 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nskipChecks: [{ 1️⃣id: unlogged-tables }]",
            ["PGS-011 at 1"]
        ),
        // What guards it, and what gets other names
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nguard: 1️⃣{ retainedWAL: 1GiB }",
            ["PGS-106 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full+incremental\nguard: { retainedWAL: 1️⃣1MiB }",
            ["PGS-013 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full+incremental\nrename: 1️⃣{ schemas: { a: b } }",
            ["PGS-105 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nrename: { schemas: { a: x, b: 1️⃣x, c: 2️⃣c } }",
            ["PGS-105 at 1", "PGS-105 at 2"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nrename: { schemas: 1️⃣{ a: b, b: a } }",
            ["PGS-105 at 1"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nrename: { schemas: { a: 1️⃣pg_b, b: 2️⃣'' } }",
            ["PGS-013 at 1", "PGS-013 at 2"]
        ),
        (
            "source: { service: y }\ntarget: { service: x }\ntype: full\nrename: { 1️⃣tables: { a: b } }",
            ["PGS-014 at 1"]
        ),
    ])
    func `a mistake is told at its place`(spec: String, expected: [String]) {
        let loaded = LoadedText(migration(spec))
        #expect(loaded.found == expected, "\(loaded.diagnostics.map(\.detail))")
    }

    @Test func `what guards a migration and what it renames is read, and rendered again`() throws {
        let ends = "source: { service: y }\ntarget: { service: x }\n"
        let guarded = LoadedText(
            migration(ends + "type: full+incremental\nguard: { retainedWAL: 20GiB, atLimit: release }")
        )
        let first = try #require(guarded.fleet.migrations["move"])
        #expect(first.sourceGuard.retainedWAL == .mebibytes(20 << 10) && first.sourceGuard.atLimit == .release)
        #expect(first.document.canonicalText.contains("20GiB"))
        let renamed = LoadedText(migration(ends + "type: full\nrename: { schemas: { public: app, app: old } }"))
        let second = try #require(renamed.fleet.migrations["move"])
        #expect(second.renaming.steps.map(\.old) == ["app", "public"])
        #expect(second.document.canonicalText.contains("rename"))
    }

    private static let ours =
        "source: { instance: orders, database: shop }\ntarget: { instance: orders17, database: shop }\ntype: full+incremental\n"

    private static func course(_ spec: String, _ facts: EndpointFacts?) throws -> EndpointCourse {
        let loaded = LoadedText(migration(spec))
        #expect(loaded.found == [], "\(loaded.diagnostics.map(\.detail))")
        return try #require(loaded.fleet.migrations["move"]).endpointCourse(facts)
    }

    @Test func `an endpoint goes along when nothing else is behind it`() throws {
        let facts = EndpointFacts(addresses: ["127.0.0.1:15400"])
        #expect(try Self.course(Self.ours, facts) == .moves)
        #expect(try Self.course(Self.ours + "cutover: { endpoint: move }", facts) == .moves)
        #expect(try Self.course(Self.ours + "cutover: { endpoint: keep }", facts).reason?.contains("keep") == true)
        #expect(try Self.course(Self.ours, nil).reason?.contains("this home") == true)
        let two = EndpointFacts(otherDatabases: ["web", "crm"])
        #expect(try Self.course(Self.ours, two) == .stays("crm, web of the same instance have tables and stay"))
        let hidden = EndpointFacts(obstacle: "orders17 requires TLS")
        #expect(try Self.course(Self.ours, hidden) == .stays("orders17 requires TLS"))
        let part = try Self.course(Self.ours + "objects: { schemas: [public] }", facts)
        #expect(part.reason?.contains("part of the database") == true)
        let elsewhere = try Self.course(
            "source: { service: y }\ntarget: { instance: orders17, database: shop }\ntype: full+incremental",
            facts
        )
        #expect(elsewhere.reason?.contains("not both instances") == true)
        let whole = "source: { instance: orders }\ntarget: { instance: orders17 }\n"
        #expect(try Self.course(whole + "type: full+incremental", facts) == .moves)
        #expect(try Self.course(whole + "type: full", facts).reason?.contains("lets no writes go over") == true)
    }

    @Test func `an endpoint that is to go along and cannot is told at its place`() {
        let elsewhere =
            "source: { service: y }\ntarget: { instance: orders17, database: shop }\ntype: full+incremental\n"
        #expect(LoadedText(migration(elsewhere + "cutover: { endpoint: 1️⃣move }")).found == ["PGS-109 at 1"])
        let part = Self.ours + "objects: { schemas: [a] }\ncutover: { endpoint: 1️⃣move }"
        #expect(LoadedText(migration(part)).found == ["PGS-109 at 1"])
        #expect(LoadedText(migration(Self.ours + "cutover: { endpoint: 1️⃣moved }")).found == ["PGS-013 at 1"])
        #expect(LoadedText(migration(Self.ours + "cutover: { endpoint: move }")).found == [])
    }

    @Test func `two migrations of one name are told`() {
        let text = migration("source: { service: y }\ntarget: { service: x }\ntype: full")
        let other =
            "apiVersion: pgsteer/v1\nkind: Migration\nmetadata: { name: 1️⃣move }\nspec:\n  source: { service: z }\n"
            + "  target: { service: x }\n  type: full\n"
        let loaded = LoadedText(text + "---\n" + other)
        #expect(loaded.found == ["PGS-020 at 1"])
    }
}

/// Which names a selection means.
@Suite struct ObjectSelectionTests {
    @Test(arguments: [
        ("*", "", true), ("*", "anything", true), ("a*", "abc", true), ("a*c", "abbc", true), ("a*c", "abbd", false),
        ("a?c", "abc", true), ("a?c", "ac", false), ("A", "a", false), ("*a*b*", "xxaxxbxx", true),
        ("\"a*\"", "a*", true),
        ("\"a*\"", "ab", false), ("\"a\"\"b\"", "a\"b", true), ("", "", true), ("?", "é", true), ("**a", "ba", true),
    ])
    func `a pattern matches letter for letter`(pattern: String, name: String, matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    @Test func `a dot inside quotes belongs to the name`() throws {
        let pattern = try #require(TablePattern("\"a.b\".c"))
        #expect(pattern.matches(schema: "a.b", table: "c"))
        #expect(!pattern.matches(schema: "a", table: "b.c"))
        #expect(TablePattern("orders") == nil)
        #expect(TablePattern(".orders") == nil)
        #expect(TablePattern("shop.") == nil)
    }

    @Test func `exclusion wins over choice, of schemas and of tables`() throws {
        var selection = ObjectSelection()
        selection.excludedTables = [try #require(TablePattern("*.tmp_*"))]
        #expect(!selection.isEverything)
        #expect(selection.includes(schema: "shop", table: "orders"))
        #expect(!selection.includes(schema: "shop", table: "tmp_1"))
        selection.tables = [try #require(TablePattern("shop.orders"))]
        #expect(selection.includes(schema: "shop", table: "orders"))
        #expect(!selection.includes(schema: "shop", table: "customers"))
        #expect(!selection.includes(schema: "shop"))
        selection.schemas = [NamePattern("sales")]
        #expect(selection.includes(schema: "sales", table: "anything"))
        selection.excludedSchemas = [NamePattern("s*")]
        #expect(!selection.includes(schema: "shop", table: "orders"))
        #expect(!selection.includes(schema: "sales", table: "anything"))
    }

    @Test func `many stars do not take long`() {
        let pattern = NamePattern(String(repeating: "*a", count: 40))
        #expect(!pattern.matches(String(repeating: "a", count: 63) + "b"))
    }
}
