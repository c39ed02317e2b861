import Diagnostics
import FleetModel
import Resources
import SpecLoading
import SpecSchema
import Testing

/// Entries of `grants`: what cannot be is told where it stands.
@Suite struct GrantRuleTests {
    private func load(_ entry: String) -> LoadedText {
        LoadedText(instance("accounts: [{ name: app, grants: [\(entry)] }]\ndatabases: [{ name: shop }]"))
    }

    @Test(arguments: [
        "{ database: shop, privileges: [CONNECT] }", "{ database: shop, schema: s, privileges: ALL }",
        "{ database: shop, schema: s, tables: all, privileges: [SELECT], futureBy: app }",
        "{ database: shop, schema: s, tables: [a, b], columns: [c], privileges: [UPDATE] }",
        "{ database: shop, schema: s, routines: ['f(int, text)'], privileges: EXECUTE }",
        "{ database: shop, tables: future, futureBy: [app], privileges: [SELECT] }",
        "{ database: shop, largeObjects: [\"42\"], privileges: ALL }", "{ parameters: [work_mem], privileges: [SET] }",
        "{ database: postgres, languages: plpgsql, privileges: USAGE, grantable: true }",
        "{ parameters: [My.Own, a.b.c, \u{E9}.x, WORK_MEM, role], privileges: [SET] }",
        "{ database: shop, schema: s, routines: ['a(b)(text)', 'a)b', 'f(int)()'], privileges: EXECUTE }",
    ])
    func `privileges may be given`(entry: String) { #expect(load(entry).found == []) }

    @Test(arguments: [
        ("{ database: shop, privileges: [1️⃣SELECT] }", "PGS-013"),
        ("{ database: shop, privileges: [1️⃣CONECT] }", "PGS-013"), ("1️⃣{ database: shop }", "PGS-011"),
        ("1️⃣{ privileges: [SELECT] }", "PGS-013"),
        ("{ database: shop, tables: 1️⃣all, privileges: [SELECT] }", "PGS-013"),
        ("{ schema: s, tables: 1️⃣all, privileges: [SELECT] }", "PGS-013"),
        ("{ database: shop, schema: s, tables: 1️⃣future, privileges: [SELECT] }", "PGS-013"),
        ("{ database: shop, schema: s, tables: [t], sequences: 1️⃣[q], privileges: ALL }", "PGS-013"),
        ("{ database: shop, schema: s, tables: [t], futureBy: 1️⃣app, privileges: ALL }", "PGS-013"),
        ("{ database: shop, schema: s, columns: 1️⃣[c], privileges: [SELECT] }", "PGS-013"),
        ("{ database: shop, schema: s, tables: 1️⃣all, columns: [c], privileges: [SELECT] }", "PGS-013"),
        ("{ database: shop, schema: 1️⃣s, languages: [sql], privileges: USAGE }", "PGS-013"),
        ("{ database: shop, languages: 1️⃣all, privileges: USAGE }", "PGS-013"),
        ("{ database: shop, schema: s, tables: [t], privileges: [1️⃣MAINTAIN] }", "PGS-013"),
        ("{ database: 1️⃣shpo, privileges: [CONNECT] }", "PGS-021"),
        ("{ database: shop, largeObjects: [1️⃣abc], privileges: ALL }", "PGS-013"),
        ("{ database: shop, schema: s, tables: future, futureBy: 1️⃣nobody, privileges: ALL }", "PGS-021"),
        ("{ database: shop, schema: s, 1️⃣tables: , privileges: ALL }", "PGS-013"),
        ("{ database: shop, 1️⃣schema: , privileges: ALL }", "PGS-013"),
        ("{ database: shop, 1️⃣tabels: t, privileges: SELECT }", "PGS-010"),
        ("{ parameters: 1️⃣all, privileges: SET }", "PGS-013"),
        ("{ parameters: [1️⃣''], privileges: SET }", "PGS-013"),
        ("{ parameters: [work_mem, 1️⃣wrk_mem], privileges: SET }", "PGS-030"),
        ("{ parameters: 1️⃣'work_mem; x', privileges: SET }", "PGS-030"),
        ("{ parameters: 1️⃣'a b.c', privileges: SET }", "PGS-030"),
        ("{ database: shop, schema: s, routines: 1️⃣'f(int; drop table x)', privileges: EXECUTE }", "PGS-013"),
        ("{ database: shop, schema: s, routines: ['f()', 1️⃣'f(int'], privileges: EXECUTE }", "PGS-013"),
        ("{ database: shop, privileges: 1️⃣[] }", "PGS-013"),
        ("{ database: shop, schema: s, tables: 1️⃣[], privileges: ALL }", "PGS-013"),
    ])
    func `privileges that cannot be given are told where they stand`(entry: String, code: String) {
        #expect(load(entry).found == ["\(code) at 1"])
    }

    @Test(arguments: [
        ("a", "to: public, grantable: 1️⃣true, ", "PGS-013"), ("a", "to: [a, public], grantable: 1️⃣true, ", "PGS-013"),
        ("a", "to: 1️⃣[], ", "PGS-013"), ("1️⃣[]", "", "PGS-013"), ("a", "to: public, grantable: false, ", ""),
    ])
    func `privileges are for somebody, and everybody cannot pass them on`(to: String, entry: String, code: String) {
        let document = """
            ---
            apiVersion: pgsteer/v1
            kind: Grant
            metadata: { name: more }
            spec: { instance: orders, to: \(to), grants: [{ \(entry)database: postgres, privileges: CONNECT }] }
            """
        let loaded = LoadedText(instance("accounts: [{ name: a }]") + document)
        #expect(loaded.found == (code.isEmpty ? [] : ["\(code) at 1"]))
        #expect(loaded.diagnostics.allSatisfy { $0.help != nil })
    }

    @Test func `who is to be removed is not taken for somebody who was never declared`() {
        let loaded = LoadedText(
            instance(
                "accounts: [{ name: own }, { name: own2, state: absent }]\ndatabases: [{ name: shop, owner: 1️⃣own2 }]"
            )
        )
        #expect(loaded.found == ["PGS-021 at 1"])
        #expect(
            loaded.diagnostics.first?.detail == "Account \"own2\" is to be removed (state: absent), and is named here."
        )
        #expect(loaded.diagnostics.first?.help?.contains("did you mean") == false)
        // Also where another account of the instance could not be read.
        let more = LoadedText(
            instance(
                "accounts: [{ name: a, validUntil: 1️⃣x }, { name: own2, state: absent }]\ndatabases: [{ name: shop, owner: 2️⃣own2 }]"
            )
        )
        #expect(more.found == ["PGS-013 at 1", "PGS-021 at 2"])
    }

    @Test func `a privilege on what is inside a schema says what the entry lacks`() {
        let help = load("{ database: shop, schema: s, privileges: SELECT }").diagnostics.first?.help
        #expect(help?.contains("SELECT on tables, the entry needs a schema and tables: all") == true, "\(help ?? "")")
        #expect(
            load("{ database: shop, privileges: MAINTAIN }").diagnostics.first?.help
                == "there are CREATE, CONNECT, TEMPORARY"
        )
    }

    @Test func `all privileges of a database are one resource, whichever documents give them`() {
        let loaded = LoadedText(
            instance(
                "accounts: [{ name: App, grants: [{ database: shop, privileges: [CONNECT] }] }]\ndatabases: [{ name: shop }]"
            )
                + """
                ---
                apiVersion: pgsteer/v1
                kind: Grant
                metadata: { name: more }
                spec: { instance: orders, to: [app, public], grants: [{ database: shop, privileges: [TEMPORARY] }] }
                """
        )
        #expect(loaded.found == [])
        let grants = loaded.fleet.objects.compactMap { $0 as? Grant }
        #expect(grants.map(\.id.description) == ["Grant/orders/shop"])
        #expect(grants.first?.rules.map(\.grantee.value) == ["app", "app", "public"])
    }

    @Test(arguments: [
        ("accounts: [{ name: a, memberships: [1️⃣postgres] }]", "PGS-013"),
        ("accounts: [{ name: a, memberships: [1️⃣pg_execute_server_program] }]", "PGS-013"),
        ("accounts: [{ name: a, memberships: [{ role: b, inherit: 1️⃣false }] }]", "PGS-013"),
        ("accounts: [{ name: a, settings: { 1️⃣port: 1 } }]", "PGS-032"),
        ("accounts: [{ name: a, settings: { 1️⃣wrk_mem: 1MB } }]", "PGS-030"),
        ("accounts: [{ name: a, settings: { work_mem: 1️⃣1mb } }]", "PGS-031"),
        ("accounts: [{ name: a, state: absent, onRemove: { reassignTo: 1️⃣nobody } }]", "PGS-021"),
        ("accounts: [{ name: a, state: absent, onRemove: { reassignTo: 1️⃣A } }]", "PGS-021"),
        (
            "connection: { uri: postgresql:///d }\naccounts: [{ name: a, state: absent, onRemove: { reassignTo: 1️⃣a } }]",
            "PGS-013"
        ),
        ("accounts: [{ name: 1️⃣none }]", "PGS-013"),
        ("connection: { uri: postgresql:///d }\naccounts: [{ name: 1️⃣pg_monitor }]", "PGS-013"),
        ("parameters: { search_path: 1️⃣'a b, c' }", "PGS-031"),
        ("connection: 1️⃣{ }", "PGS-013"), ("connection: { uri: 1️⃣\"postgresql://u:pw@h/d\" }", "PGS-013"),
        ("connection: { service: s }\ncount: 1️⃣2", "PGS-013"),
    ])
    func `accounts and connections obey their rules`(spec: String, code: String) {
        #expect(LoadedText(instance(spec)).found == ["\(code) at 1"])
    }

    @Test func `what is declared absent has nothing and gives nothing`() {
        let loaded = LoadedText(
            instance(
                "accounts: [{ name: a, state: absent, grants: [{ database: d, privileges: [CONNECT] }] }]\ndatabases: [{ name: d, owner: 1️⃣a }]"
            )
        )
        #expect(loaded.found == ["PGS-021 at 1"])
        #expect(!loaded.fleet.objects.contains { $0 is Grant })
    }
}
