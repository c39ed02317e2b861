import Diagnostics
import Resources
import SQL
import SpecLoading
import SpecSchema
import Testing

@testable import MigrationChecks

/// A row of columns and values.
private func row(_ values: [String: String?]) -> Row {
    let names = values.keys.sorted()
    return Row(
        columns: Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first },
        values: names.map { values[$0] ?? nil }
    )
}

/// Checks by answers that no server here gives: old versions, rare builds.
@Suite struct CheckDecisionTests {
    /// What one end answers unless a test says otherwise.
    private static func end(_ version: Int, _ answers: [Question: [Row]] = [:]) -> EndFacts {
        var facts = EndFacts()
        facts.answers = answers
        facts.answers[.server] = [
            row([
                "version": String(version), "database": "shop", "account": "mover", "bytes": "1000000",
                "encoding": "UTF8", "collation": "C", "ctype": "C", "provider": "c", "superuser": "t",
            ])
        ]
        return facts
    }

    private static func migration(_ spec: String) throws -> Migration {
        let text = """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec: { source: { service: a }, target: { service: b }, \(spec) }
            """
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "move.yaml", bytes: Array(text.utf8))], collector: &collector)
        return try #require(fleet.migrations["move"], "\(collector.diagnostics)")
    }

    private static func result(
        _ id: MigrationCheckID,
        _ source: EndFacts,
        _ target: EndFacts,
        _ spec: String = "type: full+incremental",
        way: WayFacts? = nil
    ) throws -> CheckResult {
        let check = try #require(CheckCatalogue.checks.first { $0.id == id })
        return check.result(CheckFacts(migration: try migration(spec), source: source, target: target, way: way))
    }

    /// What a check of an endpoint finds between two instances.
    private static func endpoint(_ id: MigrationCheckID, _ facts: EndpointFacts?, _ policy: String = "auto") throws
        -> CheckResult
    {
        let instance =
            "apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: NAME }\nspec: { version: 15, databases: [{ name: shop }] }\n---\n"
        let document = """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: { instance: a, database: shop }
              target: { instance: b, database: shop }
              type: full+incremental
              cutover: { endpoint: \(policy) }
            """
        let text = ["a", "b"].map { instance.replacing("NAME", with: $0) }.joined() + document
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "move.yaml", bytes: Array(text.utf8))], collector: &collector)
        let migration = try #require(fleet.migrations["move"], "\(collector.diagnostics)")
        func end(_ logins: [String]) -> EndFacts {
            Self.end(150_000, [.logins: logins.map { row(["name": $0]) }, .holders: []])
        }
        let check = try #require(CheckCatalogue.checks.first { $0.id == id })
        var all = CheckFacts(migration: migration, source: end(["app", "postgres"]), target: end(["postgres"]))
        all.endpoint = facts
        return check.result(all)
    }

    @Test func `an endpoint that stays is an alarm, and a failure where it is to move`() throws {
        let shared = EndpointFacts(addresses: ["127.0.0.1:15400"], otherDatabases: ["crm"])
        #expect(try Self.endpoint(.endpointMove, shared).status == .alarm)
        #expect(try Self.endpoint(.endpointMove, shared, "move").status == .failed)
        #expect(try Self.endpoint(.endpointMove, shared, "keep").status == .passed)
        #expect(try Self.endpoint(.endpointMove, nil).status == .passed)
        let alone = EndpointFacts(addresses: ["127.0.0.1:15400"])
        #expect(try Self.endpoint(.endpointMove, alone).status == .passed)
        let read = EndpointFacts(addresses: ["127.0.0.1:15400"], groups: ["reports"])
        #expect(try Self.endpoint(.endpointMove, read).findings.first?.objects == ["reports"])
        #expect(try Self.endpoint(.endpointLogins, alone).findings.first?.objects == ["app"])
        #expect(try Self.endpoint(.endpointLogins, shared).status == .passed)
    }

    private static func settings(_ values: [String: String]) -> [Question: [Row]] {
        [.settings: values.map { row(["name": $0.key, "value": $0.value]) }]
    }

    private static func table(_ name: String, _ more: [String: String] = [:]) -> Row {
        let usual = [
            "schema": "public", "name": name, "kind": "r", "persistence": "p", "identity": "d", "has_key": "t",
            "readable": "t", "is_owner": "t", "bytes": "8192",
        ]
        return row(usual.merging(more) { $1 })
    }

    @Test(arguments: [
        (90_300, "type: full", CheckStatus.failed), (90_400, "type: full", .passed),
        (90_624, "type: full+incremental", .failed), (90_624, "type: structure", .passed),
        (100_000, "type: full+incremental", .passed), (180_000, "type: full+incremental", .passed),
    ])
    func `old sources are copied and not followed`(version: Int, spec: String, status: CheckStatus) throws {
        let result = try Self.result(.sourceVersion, Self.end(version), Self.end(150_000), spec)
        #expect(result.status == status)
    }

    @Test(arguments: [
        (150_018, 170_010, CheckStatus.passed, CheckStatus.passed), (170_010, 150_018, .alarm, .passed),
        (150_020, 150_018, .passed, .alarm), (90_624, 90_500, .alarm, .passed), (90_624, 100_000, .passed, .passed),
    ])
    func `a target that is older is an alarm`(
        source: Int,
        target: Int,
        direction: CheckStatus,
        minor: CheckStatus
    ) throws {
        #expect(try Self.result(.versionDirection, Self.end(source), Self.end(target)).status == direction)
        #expect(try Self.result(.minorVersion, Self.end(source), Self.end(target)).status == minor)
    }

    @Test func `what PostgreSQL 12 and 14 took away is told by the target's version`() throws {
        let source = Self.end(
            110_000,
            [
                .relations: [Self.table("old", ["has_oids": "t"])],
                .columns: [
                    row([
                        "schema": "public", "table": "old", "name": "at", "shown": "abstime", "is_removed": "t",
                        "type": "abstime",
                    ])
                ],
                .postfixOperators: [row(["schema": "public", "name": "!!!", "operand": "integer"])],
            ]
        )
        for (version, hasAll, hasOperators) in [(110_000, true, true), (130_000, false, true), (150_000, false, false)]
        {
            let target = Self.end(version)
            #expect(try Self.result(.tablesWithOIDs, source, target).status == (hasAll ? .passed : .alarm))
            #expect(try Self.result(.removedTypes, source, target).status == (hasAll ? .passed : .failed))
            #expect(try Self.result(.removedOperators, source, target).status == (hasOperators ? .passed : .failed))
        }
        let fix = try Self.result(.removedTypes, source, Self.end(150_000)).findings.first?.fix
        #expect(
            fix?.commands == [
                #"ALTER TABLE "public"."old" ALTER COLUMN "at" TYPE timestamptz USING "at"::timestamptz;"#
            ]
        )
    }

    @Test func `a server without libxml, LZ4 or virtual columns cannot take them`() throws {
        func column(_ type: String, _ more: [String: String] = [:]) -> Row {
            let usual = ["schema": "public", "table": "t", "name": "c", "shown": type, "type": type]
            return row(usual.merging(more) { $1 })
        }
        let source = Self.end(
            180_000,
            [.columns: [column("xml"), column("text", ["compression": "l"]), column("int4", ["virtual": "t"])]]
        )
        func target(_ version: Int, choices: String) -> EndFacts {
            Self.end(version, [.settings: [row(["name": "default_toast_compression", "choices": choices])]])
        }
        var poor = target(170_000, choices: "{pglz}")
        poor.refusals[.xml] = "unsupported XML feature"
        for id in [MigrationCheckID.xmlColumns, .compressionMethods, .virtualColumns] {
            #expect(try Self.result(id, source, poor).status == .failed, "\(id)")
            #expect(try Self.result(id, source, target(180_000, choices: "{pglz,lz4}")).status == .passed, "\(id)")
        }
    }

    @Test(arguments: [
        ("pgoutput, test_decoding", CheckStatus.passed), ("test_decoding", .failed), ("", .passed),
        ("\"pgoutput\"", .passed),
    ])
    func `a server that may load only some plugins needs pgoutput among them`(
        value: String,
        status: CheckStatus
    ) throws {
        let source = Self.end(150_019, Self.settings(["output_plugin_libraries": value]))
        #expect(try Self.result(.outputPlugin, source, Self.end(150_000)).status == status)
        let keep = "type: full+incremental, cutover: { rollback: keep }"
        #expect(try Self.result(.wayBackPlugin, Self.end(150_000), source, keep).status == status)
    }

    @Test(arguments: [(8, CheckStatus.failed), (7, .alarm), (6, .passed)])
    func `one free slot is an alarm, none a failure`(used: Int, status: CheckStatus) throws {
        var source = Self.end(150_000, Self.settings(["max_replication_slots": "8"]))
        source.answers[.server] = [row(["version": "150000", "slots": String(used)])]
        #expect(try Self.result(.replicationSlots, source, Self.end(150_000)).status == status)
    }

    @Test func `the room that is needed is compared with the room there is`() throws {
        var target = Self.end(150_000)
        target.freeBytes = 1_200_000
        #expect(try Self.result(.diskSpace, Self.end(150_000), target, "type: full").status == .passed)
        target.freeBytes = 1_199_999
        #expect(try Self.result(.diskSpace, Self.end(150_000), target, "type: full").status == .failed)
        #expect(try Self.result(.diskSpace, Self.end(150_000), target, "type: structure").status == .notNeeded)
        target.freeBytes = nil
        #expect(try Self.result(.diskSpace, Self.end(150_000), target, "type: full").status == .passed)
        var large = Self.end(150_000)
        large.answers[.server] = [row(["version": "150000", "bytes": String(2 << 30)])]
        #expect(try Self.result(.diskSpace, large, target, "type: full").status == .alarm)
        // A selection needs what its tables have, and something for their indexes.
        large.answers[.relations] = [Self.table("orders"), Self.table("huge", ["bytes": String(1 << 30)])]
        let some = "type: full, objects: { tables: [public.orders] }"
        target.freeBytes = 20_000
        #expect(try Self.result(.diskSpace, large, target, some).status == .passed)
        #expect(try Self.result(.diskSpace, large, target, "type: full").status == .failed)
    }

    @Test func `the way from the target's server to the source is told as it was found`() throws {
        let (source, target) = (Self.end(150_000), Self.end(150_000))
        let refused = WayFacts(result: .refused("no route to host"))
        let result = try Self.result(.targetReachesSource, source, target, way: refused)
        #expect(result.status == .failed && result.findings.first?.found.contains("no route to host") == true)
        let untried = try Self.result(.targetReachesSource, source, target, way: WayFacts(result: .untried("no right")))
        #expect(untried.status == .alarm)
        #expect(
            try Self.result(.targetReachesSource, source, target, way: WayFacts(result: .reached)).status == .passed
        )
    }

    @Test func `what could not be asked is an alarm, which can be accepted`() throws {
        var source = Self.end(150_000)
        source.refusals[.extensions] = "permission denied"
        let result = try Self.result(.extensionsMissing, source, Self.end(150_000))
        #expect(result.status == .alarm && result.findings.first?.found.contains("permission denied") == true)
        let spec = "type: full, skipChecks: [{ id: extensions-missing, reason: there are none }]"
        #expect(try Self.result(.extensionsMissing, source, Self.end(150_000), spec).status == .accepted)
    }

    @Test func `new names of schemas must be free, and functions that say the old one are told`() throws {
        func schema(_ name: String, _ objects: Int = 1) -> Row { row(["name": name, "objects": String(objects)]) }
        func body(_ name: String, _ text: String) -> Row { row(["schema": "shop", "name": name, "text": text]) }
        let source = Self.end(
            150_000,
            [
                .schemas: [schema("shop"), schema("public")],
                .bodies: [
                    body("a()", "SELECT shop.b()"), body("b()", "SELECT workshop.b()"), body("c()", "\"shop\".x"),
                ],
            ]
        )
        let spec = "type: full, rename: { schemas: { shop: sales, public: old } }"
        let empty = Self.end(150_000, [.schemas: [schema("public", 0)]])
        let alarm = try Self.result(.renamedSchemas, source, empty, spec)
        #expect(alarm.status == .alarm && alarm.findings.first?.objects == ["shop.a()", "shop.c()"])
        let full = Self.end(150_000, [.schemas: [schema("public"), schema("sales", 0)]])
        let taken = try Self.result(.renamedSchemas, source, full, spec)
        #expect(taken.status == .failed && taken.findings.first?.objects == ["public", "sales"])
        let wrong = try Self.result(.renamedSchemas, source, empty, "type: full, rename: { schemas: { shopp: sales } }")
        #expect(wrong.status == .failed && wrong.findings.first?.objects == ["shopp"])
        #expect(try Self.result(.renamedSchemas, source, empty, "type: full").status == .notNeeded)
    }

    @Test func `checksums and limits of the build are compared`() throws {
        let source = Self.end(150_000, Self.settings(["data_checksums": "on", "block_size": "32768"]))
        let target = Self.end(150_000, Self.settings(["data_checksums": "off", "block_size": "8192"]))
        #expect(try Self.result(.checksums, source, target).status == .alarm)
        #expect(try Self.result(.checksums, target, source).status == .passed)
        #expect(try Self.result(.serverLimits, source, target).status == .alarm)
        #expect(try Self.result(.serverLimits, target, source).status == .passed)
    }

    @Test(arguments: [
        ("1.5", "1.10", true), ("1.10", "1.9", false), ("2", "2.1", true), ("3.4.2", "3.4.2", false), ("9", "10", true),
        ("1.x", "1.y", false),
    ])
    func `versions are compared number by number`(version: String, other: String, isOlder: Bool) {
        #expect(DatabaseChecks.isOlder(version, than: other) == isOlder)
    }

    @Test func `every check has a name, words and questions of its own`() {
        let checks = CheckCatalogue.checks
        #expect(checks.map(\.id) == MigrationCheckID.allCases)
        #expect(checks.count >= 40)
        #expect(Set(checks.map(\.title)).count == checks.count)
        for check in checks {
            #expect(check.id.rawValue.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(check.id)")
            #expect(check.why.hasSuffix("."), "\(check.id)")
            let isAboutReaching = [.sourceReachable, .targetReachable].contains(check.id)
            // What is asked of whole instances and of the gateway, their provider asks.
            let isAskedElsewhere = check.occasion == .physical || check.id == .endpointMove
            #expect(!(check.source + check.target).isEmpty || isAboutReaching || isAskedElsewhere, "\(check.id)")
        }
    }
}
