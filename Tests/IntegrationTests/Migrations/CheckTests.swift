import MigrationChecks
import PostgresClient
import Resources
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Each check before a migration, brought about on real servers.
@Suite struct CheckTests {
    /// What a source needs for `full+incremental`.
    private static let ready = [
        "wal_level": "logical", "max_replication_slots": "10", "max_wal_senders": "10",
        "max_prepared_transactions": "5",
        "timezone": "UTC",
    ]

    /// Everything that a database may have and a migration should know of.
    private static let odd = #"""
        CREATE ROLE owner_a; CREATE ROLE reader_a;
        CREATE SCHEMA shop AUTHORIZATION owner_a;
        CREATE TABLE shop.keyless (a int); GRANT SELECT ON shop.keyless TO reader_a;
        CREATE TABLE shop.unequal (a json, b point);
        CREATE TABLE shop.keyed (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, t text);
        CREATE UNLOGGED TABLE shop.cart (id int PRIMARY KEY);
        CREATE TABLE shop."Odd ""Table""" (id int PRIMARY KEY, r regclass, x xml);
        CREATE TABLE shop.parent (id int PRIMARY KEY);
        CREATE TABLE shop.child (id int PRIMARY KEY, parent int);
        INSERT INTO shop.child VALUES (1, 2);
        ALTER TABLE shop.child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES shop.parent NOT VALID;
        CREATE MATERIALIZED VIEW shop.empty AS SELECT 1 AS a WITH NO DATA;
        CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
        CREATE FOREIGN TABLE shop.far (a int) SERVER elsewhere;
        CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER always AFTER INSERT ON shop.parent FOR EACH ROW EXECUTE FUNCTION shop.note();
        ALTER TABLE shop.parent ENABLE ALWAYS TRIGGER always;
        CREATE FUNCTION shop.event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION shop.event();
        CREATE FUNCTION shop.powerful() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION shop.native() RETURNS trigger LANGUAGE c AS '$libdir/refint', 'check_primary_key';
        CREATE PUBLICATION for_others FOR TABLE shop.parent;
        SELECT lo_from_bytea(0, 'abc');
        CREATE INDEX child_index ON shop.child (parent);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.child_index'::regclass;
        CREATE COLLATION shop.own (provider = icu, locale = 'de');
        ALTER TABLE shop.keyed ADD c text COLLATE shop.own;
        UPDATE pg_collation SET collversion = '0' WHERE collname = 'own';
        CREATE COLLATION pg_catalog.nowhere_else (provider = libc, locale = 'C.UTF-8');
        ALTER TABLE shop.keyed ADD d text COLLATE pg_catalog.nowhere_else;
        ALTER DATABASE odd SET search_path = shop, public;
        CREATE ACCESS METHOD stack TYPE TABLE HANDLER heap_tableam_handler;
        CREATE TABLE shop.stacked (id int PRIMARY KEY) USING stack;
        SELECT pg_create_physical_replication_slot('other');
        SELECT pg_create_logical_replication_slot('pgsteer_gone', 'pgoutput');
        """#

    private static let oddTroubles: [MigrationCheckID: CheckStatus] = [
        .missingOwners: .failed, .missingGrantees: .failed, .leftovers: .alarm, .replicaIdentity: .alarm,
        .equalityOperators: .failed, .unloggedTables: .alarm, .largeObjects: .failed, .foreignTables: .alarm,
        .firingTriggers: .alarm, .referenceColumns: .alarm, .accessMethods: .failed, .sameObjects: .failed,
        .targetNotEmpty: .alarm, .invalidIndexes: .alarm, .unvalidatedConstraints: .alarm, .unpopulatedViews: .alarm,
        .eventTriggers: .alarm, .cFunctions: .alarm, .securityDefiners: .alarm, .replicationObjects: .alarm,
        .missingCollations: .failed, .collationVersions: .alarm, .databaseSettings: .alarm,
    ]

    @Test func `a database with everything odd has each oddity told`() async throws {
        try await ScratchServer.with(15, settings: Self.ready) { source in
            try await ScratchServer.with(15, settings: Self.ready) { target in
                let scene = CheckScene(source: source, target: target)
                try await scene.make(
                    "odd",
                    source: Self.odd,
                    target:
                        "CREATE SCHEMA shop; CREATE TABLE shop.keyed (a int); CREATE VIEW shop.mine AS SELECT 1 AS a; SELECT lo_from_bytea(0, 'abc')"
                )
                let report = try await scene.report("odd")
                let surprises = report.surprises(Self.oddTroubles)
                #expect(surprises == [], "\(surprises.joined(separator: "\n"))")
                #expect(report.verdict == .failed)
                #expect(report.result(.sameObjects)?.findings.first?.objects == ["table shop.keyed"])
                #expect(report.result(.equalityOperators)?.findings.first?.objects.count == 2)
                let keyless = report.result(.replicaIdentity)?.findings.first?.objects.map { $0.prefix { $0 != " " } }
                #expect(keyless == ["shop.keyed", "shop.keyless", "shop.unequal"])
                #expect(report.results.allSatisfy { $0.findings.allSatisfy { $0.fix?.commands.isEmpty == false } })
                let keep = try await scene.report("odd", "type: full+incremental\ncutover: { rollback: keep }")
                #expect(keep.result(.wayBackTriggers)?.findings.first?.objects == ["shop.parent: always"])
            }
        }
    }

    /// Servers that are set up for anything but a migration.
    private static let unready = [
        "wal_level": "replica", "max_replication_slots": "0", "max_wal_senders": "0", "max_locks_per_transaction": "10",
        "max_connections": "12", "superuser_reserved_connections": "1", "autovacuum_max_workers": "1",
        "max_worker_processes": "2", "max_slot_wal_keep_size": "1MB", "wal_sender_timeout": "2s",
        "shared_preload_libraries": "auto_explain", "timezone": "Asia/Shanghai",
    ]
    private static let unreadyTarget = [
        "max_replication_slots": "0", "max_wal_senders": "0", "max_worker_processes": "2",
        "max_logical_replication_workers": "2", "wal_receiver_timeout": "2s", "datestyle": "SQL, DMY",
        "bytea_output": "escape", "timezone": "UTC",
    ]

    @Test func `servers that are not set up for it have each setting told`() async throws {
        try await ScratchServer.with(15, settings: Self.unready) { source in
            try await ScratchServer.with(15, settings: Self.unreadyTarget) { target in
                let scene = CheckScene(source: source, target: target)
                let many = """
                    DO $$ BEGIN FOR i IN 1..60 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', i); COMMIT; END LOOP; END $$;
                    DO $$ BEGIN FOR i IN 1..80 LOOP EXECUTE format('CREATE SEQUENCE s%s', i); COMMIT; END LOOP; END $$
                    """
                try await scene.make("many", source: many)
                let report = try await scene.report("many")
                let surprises = report.surprises([
                    .walLevel: .failed, .replicationSlots: .failed, .walSenders: .failed, .targetWorkers: .failed,
                    .targetOrigins: .failed, .slotLimits: .alarm, .shortTimeouts: .alarm, .preloadLibraries: .alarm,
                    .resultSettings: .alarm, .timeZones: .alarm, .lockTable: .failed,
                    .targetReachesSource: .failed,
                ])
                #expect(surprises == [], "\(surprises.joined(separator: "\n"))")
                #expect(report.result(.shortTimeouts)?.findings.count == 2)
                #expect(report.result(.resultSettings)?.findings.first?.objects.count == 2)

                // For the way back each has to do the other's part.
                let keep = try await scene.report("many", "type: full+incremental\ncutover: { rollback: keep }")
                let more = keep.troubles.filter { report.troubles[$0.key] == nil }
                #expect(
                    more == [
                        .sourceReachesTarget: .failed, .wayBackLog: .failed, .wayBackSlots: .failed,
                        .wayBackSenders: .failed, .wayBackWorkers: .failed, .wayBackOrigins: .failed,
                    ]
                )

                // What only follows changes does not matter to a copy.
                let full = try await scene.report("many", "type: full")
                #expect(
                    full.surprises([
                        .preloadLibraries: .alarm, .resultSettings: .alarm, .timeZones: .alarm, .lockTable: .failed,
                    ]) == []
                )
                #expect(full.result(.walLevel)?.status == .notNeeded)

                // A standby neither publishes nor takes anything.
                for server in [source, target] {
                    try await server.program("initdb", ["--version"])
                    let data = server.folder + "/data"
                    try await server.program("pg_ctl", ["-D", data, "-s", "-w", "-m", "fast", "stop"])
                    try "".write(toFile: data + "/standby.signal", atomically: false, encoding: .utf8)
                    try await server.program("pg_ctl", ["-D", data, "-s", "-w", "-l", server.folder + "/log", "start"])
                }
                let standbys = try await scene.report("many")
                #expect(standbys.troubles[.sourceStandby] == .failed && standbys.troubles[.targetWritable] == .failed)
                let copy = try await scene.report("many", "type: full")
                #expect(copy.troubles[.sourceStandby] == .alarm)
            }
        }
    }

    @Test func `accounts that may too little have each right told`() async throws {
        try await ScratchServer.with(15, settings: Self.ready) { source in
            try await ScratchServer.with(15, settings: Self.ready) { target in
                let scene = CheckScene(source: source, target: target)
                try await scene.make(
                    "strict",
                    source: """
                        CREATE ROLE mover LOGIN; CREATE ROLE app; CREATE EXTENSION pageinspect;
                        CREATE TABLE closed (id int PRIMARY KEY); CREATE SEQUENCE closed_too;
                        CREATE TABLE rows (id int PRIMARY KEY); GRANT SELECT ON rows TO mover;
                        ALTER TABLE rows OWNER TO app; ALTER TABLE rows ENABLE ROW LEVEL SECURITY;
                        """,
                    target: "CREATE ROLE maker LOGIN; CREATE ROLE app; CREATE ROLE mover"
                )
                let accounts = (source: "mover", target: "maker")
                let report = try await scene.report("strict", accounts: accounts)
                let surprises = report.surprises([
                    .sourceReadable: .failed, .rowSecurity: .failed, .replicationRight: .failed,
                    .publicationRight: .failed, .subscriptionRight: .failed, .targetRights: .failed,
                ])
                #expect(surprises == [], "\(surprises.joined(separator: "\n"))")
                #expect(
                    report.result(.sourceReadable)?.findings.first?.objects == ["public.closed", "public.closed_too"]
                )
                #expect(report.result(.targetRights)?.findings.count == 4)
                let keep = "type: full+incremental\ncutover: { rollback: keep }"
                let wayBack = try await scene.report("strict", keep, accounts: accounts)
                #expect(wayBack.result(.wayBackRights)?.findings.count == 2)
                let withRoles = try await scene.report("strict", "type: structure\nroles: true", accounts: accounts)
                #expect(withRoles.troubles[.roleRights] == .failed)
                #expect(withRoles.troubles[.sameRoles] == .alarm)
                #expect(withRoles.result(.sameRoles)?.findings.first?.objects == ["app", "mover"])
                // Every command does what it is for.
                for fix in report.results.flatMap(\.findings).compactMap(\.fix) {
                    let server = fix.place == .source ? source : target
                    for command in fix.commands { try await server.run(command, database: "strict") }
                }
                let again = try await scene.report("strict", accounts: accounts)
                #expect(again.surprises([:]) == [])
                #expect(again.verdict == .passed)
            }
        }
    }

    @Test func `a selection has everything told that it needs and does not choose`() async throws {
        try await ScratchServer.with(15, settings: Self.ready) { source in
            try await ScratchServer.with(15, settings: Self.ready) { target in
                let scene = CheckScene(source: source, target: target)
                try await scene.make(
                    "parts",
                    source: """
                        CREATE SCHEMA shop; CREATE SCHEMA tools;
                        CREATE TYPE tools.mood AS ENUM ('good'); CREATE DOMAIN tools.price AS numeric;
                        CREATE FUNCTION tools.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                        CREATE SEQUENCE tools.numbers;
                        CREATE TABLE tools.customer (id int PRIMARY KEY);
                        CREATE TABLE shop.orders (id int PRIMARY KEY DEFAULT nextval('tools.numbers'),
                          customer int REFERENCES tools.customer, price tools.price, moods tools.mood[]);
                        CREATE TRIGGER stamp BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION tools.stamp();
                        CREATE VIEW shop.report AS SELECT o.id FROM shop.orders o JOIN tools.customer c ON c.id = o.customer;
                        CREATE TABLE shop.events (at date) PARTITION BY RANGE (at);
                        CREATE TABLE tools.events_2026 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
                        CREATE TABLE shop.alone (id int PRIMARY KEY);
                        """
                )
                let report = try await scene.report("parts", "type: structure\nobjects: { schemas: [shop] }")
                #expect(report.surprises([.selectionClosure: .failed]) == [])
                #expect(
                    report.result(.selectionClosure)?.findings.first?.objects == [
                        "shop.events needs tools.events_2026 (partition)",
                        "shop.orders needs tools.mood (column moods)", "shop.orders needs tools.price (column price)",
                        "shop.orders needs tools.numbers (default)", "shop.orders needs tools.customer (foreign key)",
                        "shop.orders needs tools.stamp (trigger)", "shop.report needs tools.customer (view)",
                    ]
                )
                let alone = try await scene.report("parts", "type: full\nobjects: { tables: [shop.alone] }")
                #expect(alone.surprises([:]) == [])
                let wrong = try await scene.report(
                    "parts",
                    "type: full\nobjects: { schemas: [Shop], tables: [shop.alon] }"
                )
                #expect(wrong.surprises([.emptySelection: .failed]) == [])
                #expect(wrong.result(.emptySelection)?.findings.first?.objects == ["Shop", "shop.alon"])
                let nothing = try await scene.report(
                    "parts",
                    "type: full\nobjects: { tables: [shop.alone], exclude: { schemas: [shop] } }"
                )
                #expect(nothing.troubles[.emptySelection] == .failed)
            }
        }
    }

    @Test func `transactions that hold a slot up, and ends that are none, are told`() async throws {
        try await ScratchServer.with(15, settings: Self.ready) { source in
            let scene = CheckScene(source: source, target: source)
            try await scene.source.run("CREATE DATABASE busy; CREATE DATABASE empty; CREATE DATABASE frozen")
            try await source.run("ALTER DATABASE frozen SET default_transaction_read_only = on")
            try await source.run(
                "CREATE TABLE t (id int PRIMARY KEY); BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'old one'",
                database: "busy"
            )
            let writer = ConnectionTarget(.host(source.folder, port: 5432), user: "postgres", database: "busy")
            try await PostgresConnection.with(writer) { connection in
                try await connection.execute("BEGIN")
                try await connection.execute("INSERT INTO public.t VALUES (2)")
                var report = try await scene.report("busy", to: "empty")
                while report.troubles[.longTransactions] == nil {
                    try await Task.sleep(for: .seconds(1))
                    report = try await scene.report("busy", to: "empty")
                }
                #expect(report.surprises([.longTransactions: .alarm, .preparedTransactions: .failed]) == [])
                #expect(
                    report.result(.preparedTransactions)?.findings.first?.fix?.commands == [
                        "ROLLBACK PREPARED 'old one';"
                    ]
                )
            }
            try await source.run("ROLLBACK PREPARED 'old one'", database: "busy")
            #expect(try await scene.report("busy", to: "busy", "type: structure").troubles[.sameDatabase] == .failed)
            #expect(
                try await scene.report("busy", to: "frozen", "type: structure").surprises([.targetWritable: .failed])
                    == []
            )
            let nowhere = try await scene.report("nowhere", to: "empty")
            #expect(nowhere.troubles == [.sourceReachable: .failed])
            #expect(nowhere.result(.walLevel)?.status == .notTried)
            #expect(nowhere.result(.targetWorkers)?.status == .passed)
            let noTarget = try await scene.report("busy", to: "nowhere")
            #expect(noTarget.troubles == [.targetReachable: .failed])
        }
    }

    @Test func `an alarm is accepted with a reason, a failure is not`() async throws {
        try await ScratchServer.with(15, settings: Self.ready) { source in
            let scene = CheckScene(source: source, target: source)
            try await source.run("CREATE DATABASE one; CREATE DATABASE two")
            try await source.run(
                "CREATE UNLOGGED TABLE cart (id int PRIMARY KEY); CREATE TABLE plans (a json)",
                database: "one"
            )
            let spec = """
                type: full+incremental
                skipChecks:
                  - { id: unlogged-tables, reason: a cache }
                  - { id: equality-operators, reason: please }
                """
            let report = try await scene.report("one", to: "two", spec)
            #expect(
                report.troubles == [.unloggedTables: .accepted, .equalityOperators: .failed, .replicaIdentity: .alarm]
            )
            #expect(report.result(.unloggedTables)?.reason == "a cache")
        }
    }

    /// Pairs of majors, encodings and collations.
    @Test func `what one server has and the other lacks is told`() async throws {
        try await ScratchServer.with(15, settings: Self.ready) { source in
            let scene = CheckScene(source: source, target: source)
            try await source.run(
                """
                CREATE DATABASE wide; CREATE DATABASE renamed;
                CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0
                """
            )
            try await source.run("CREATE EXTENSION hstore; CREATE EXTENSION cube", database: "renamed")
            try await source.run(
                """
                UPDATE pg_extension SET extname = 'timescaledb' WHERE extname = 'hstore';
                UPDATE pg_extension SET extversion = '9.0' WHERE extname = 'cube';
                CREATE LANGUAGE odd HANDLER plpgsql_call_handler;
                CREATE FUNCTION speak() RETURNS int LANGUAGE odd AS 'BEGIN RETURN 1; END';
                CREATE FUNCTION tuned() RETURNS int LANGUAGE sql AS 'SELECT 1';
                UPDATE pg_proc SET proconfig = '{no_such_setting=on}' WHERE proname = 'tuned'
                """,
                database: "renamed"
            )
            let latin = try await scene.report("wide", to: "latin")
            #expect(latin.surprises([.encoding: .failed, .databaseCollation: .alarm]) == [])
            #expect(try await scene.report("latin", to: "wide").surprises([.databaseCollation: .alarm]) == [])
            let keep = "type: full+incremental\ncutover: { rollback: keep }"
            #expect(try await scene.report("latin", to: "wide", keep).troubles[.wayBackEncoding] == .failed)
            let renamed = try await scene.report("renamed", to: "wide")
            let surprises = renamed.surprises([
                .extensionsUnsupported: .failed, .extensionsMissing: .failed, .extensionVersions: .alarm,
                .languages: .failed, .unknownSettings: .failed,
            ])
            #expect(surprises == [], "\(surprises.joined(separator: "\n"))")
        }
    }

    /// The servers of 17 and 18 that tests use were built with different libraries.
    @Test func `what another major or another build of the server cannot take is told`() async throws {
        try await ScratchServer.with(17, settings: Self.ready) { older in
            try await ScratchServer.with(18, settings: Self.ready) { newer in
                try await newer.run("CREATE DATABASE shop")
                try await older.run("CREATE DATABASE shop")
                // psql runs as the server's user, who must own the folder.
                try await older.run(
                    """
                    \\! mkdir \(older.folder)/elsewhere
                    CREATE TABLESPACE elsewhere LOCATION '\(older.folder)/elsewhere';
                    CREATE TABLE far (id int PRIMARY KEY) TABLESPACE elsewhere;
                    CREATE TABLE page (id int PRIMARY KEY, body xml, text text COMPRESSION lz4);
                    """,
                    database: "shop"
                )
                let upward = try await CheckScene(source: older, target: newer).report("shop", "type: full")
                let troubles = upward.troubles
                for id in [MigrationCheckID.xmlColumns, .compressionMethods] {
                    #expect(troubles[id] == .failed, "\(id.rawValue)")
                }
                #expect(troubles[.tablespaces] == .alarm && troubles[.versionDirection] == nil)
                try await older.run("DROP TABLE far, page", database: "shop")
                try await newer.run(
                    "CREATE TABLE area (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)",
                    database: "shop"
                )
                let downward = try await CheckScene(source: newer, target: older).report("shop", "type: full")
                #expect(downward.troubles[.virtualColumns] == .failed)
                #expect(downward.troubles[.versionDirection] == .alarm && downward.troubles[.checksums] == .alarm)
            }
        }
    }
}
