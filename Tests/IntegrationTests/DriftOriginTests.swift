import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Who changed something on a server that pgsteer reaches by a connection alone.
@Suite struct DriftOriginTests {
    private func prepare(_ place: ExternalHome) async throws {
        try place.home.write(place.instance("  accounts: [{ name: app, connectionLimit: 5 }]\n"))
        if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
    }

    @Test func `a session that is still there is named, else what is counted, else why nobody is`() async throws {
        let settings = ["shared_preload_libraries": "pg_stat_statements"]
        try await ScratchServer.with(15, logStatements: "none", settings: settings) { server in
            try await TemporaryHome.with { home in
                let place = ExternalHome(home: home, server: server)
                try await prepare(place)
                let files = home.files
                try await server.run("CREATE ROLE bob SUPERUSER LOGIN; CREATE ROLE watcher LOGIN")
                try await server.run("ALTER ROLE app CONNECTION LIMIT 98")
                let untold = try await home.run("drift", "specs")
                #expect(
                    untold.output.contains("who made one difference is not told: log_statement is none"),
                    "\(untold.all)"
                )
                #expect(untold.output.contains("pg_stat_statements is in no database"), "\(untold.output)")
                #expect(untold.output.contains(#/after run \w{10} \(apply\) of \w+ at \d{4}-/#), "\(untold.output)")

                let target = ConnectionTarget(
                    .host(server.folder, port: 5432),
                    user: "bob",
                    database: "postgres",
                    applicationName: "tool"
                )
                try await PostgresConnection.with(target) { connection in
                    try await connection.execute("ALTER ROLE app CONNECTION LIMIT 99")
                    let told = try await home.run("drift", "specs")
                    #expect(
                        told.output.contains("by bob in postgres (tool), which is still connected, at "),
                        "\(told.all)"
                    )
                    #expect(told.output.contains("UTC: ALTER ROLE app CONNECTION LIMIT 99"), "\(told.output)")

                    // Who may not see what others send says so, and names who is there.
                    try home.write(
                        place.instance("  accounts: [{ name: app, connectionLimit: 5 }]\n")
                            .replacing(server.uri, with: server.uri(of: "watcher"))
                    )
                    let hidden = try await home.run("drift", "specs", "-o", "json")
                    #expect(hidden.output.contains("pg_read_all_stats shows it"), "\(hidden.all)")
                    #expect(hidden.output.contains("bob in "), "\(hidden.output)")
                }
                try await prepare(place)
                try await server.run("CREATE EXTENSION pg_stat_statements")
                try await PostgresConnection.with(target) { connection in
                    try await connection.execute("ALTER ROLE app CONNECTION LIMIT 97")
                }
                let counted = try await home.run("drift", "specs")
                #expect(counted.output.contains("bob in postgres, at a time that is not told: "), "\(counted.all)")
                #expect(!counted.output.contains("\"app\""), "our own statements are not blamed: \(counted.output)")
                #expect(home.files.filter { !files.contains($0) } == [], "drift makes no file")
            }
        }
    }

    @Test func `the log is read through the server where our role may`() async throws {
        try await ScratchServer.with(
            15,
            settings: ["logging_collector": "on", "log_line_prefix": "%m [%p] %q%u@%d/%a "]
        ) { server in
            try await TemporaryHome.with { home in
                let place = ExternalHome(home: home, server: server)
                try await prepare(place)
                try await server.run("ALTER ROLE app\nCONNECTION LIMIT 99")
                let told = try await home.run("drift", "specs")
                #expect(told.output.contains("by postgres in postgres (psql) at "), "\(told.all)")
                #expect(told.output.contains("UTC: ALTER ROLE app CONNECTION LIMIT 99"), "\(told.output)")
            }
        }
    }

    /// Lines of the log begin as pgsteer sets them up.
    private static let prefix = ["log_line_prefix": "%m [%p] %q%u@%d/%a "]

    @Test func `every session of ours has the name of its run`() async throws {
        try await ScratchServer.with(15, settings: Self.prefix) { server in
            try await TemporaryHome.with { home in
                let place = ExternalHome(home: home, server: server)
                try home.write(place.instance("  parameters: { work_mem: 8MB }\n"))
                if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
                let lines = server.log.split(separator: "\n").filter { $0.contains("/pgsteer") }
                #expect(lines.contains { $0.contains("ALTER SYSTEM SET") })
                #expect(lines.allSatisfy { $0.contains("/pgsteer/") }, "\(lines)")
            }
        }
    }

    @Test func `names are found as people write them, and nobody is named for what cannot have done it`() async throws {
        let settings = Self.prefix.merging(["logging_collector": "on"]) { first, _ in first }
        try await ScratchServer.with(17, settings: settings) { server in
            try await TemporaryHome.with { home in
                let place = ExternalHome(home: home, server: server)
                try home.write(
                    place.instance(
                        """
                          parameters: { maintenance_work_mem: 32MB }
                          accounts:
                            - { name: grp }
                            - name: plain
                              memberships: [{ role: grp, admin: true }]
                              settings: { TimeZone: UTC }
                              databaseSettings: { shop: { work_mem: 8MB } }
                              grants:
                                - { database: shop, schema: web, tables: [orders], privileges: [SELECT, TRIGGER] }
                                - { database: shop, schema: web, sequences: future, futureBy: grp, privileges: [USAGE] }
                          databases:
                            - { name: shop, schemas: [web] }
                            - { name: 'odd "db"', remark: ours }

                        """
                    )
                )
                #expect(try await home.run("apply", "specs", "--yes").isSuccess)
                try await server.run("CREATE TABLE web.orders (id int)", database: "shop")
                if let problem = try await place.expectFixedPoint() { Issue.record("\(problem)") }
                for statement in [
                    "alter system set MAINTENANCE_WORK_MEM = '64MB'", "select pg_reload_conf()",
                    "alter role PLAIN set timezone = 'Europe/Zurich'", "alter role plain set statement_timeout = 1",
                    "revoke admin option for grp from plain", "comment on database \"odd \"\"db\"\"\" is 'theirs'",
                ] {
                    try await server.run(statement)
                }
                try await server.run("GRANT DELETE ON web.orders TO plain", database: "shop")
                try await server.run("revoke TRIGGER on WEB.ORDERS from PLAIN", database: "shop")
                // Not by a statement of its own: nobody is named.
                try await server.run("do $$ begin alter role plain in database shop set work_mem = '1MB'; end $$")
                let told = try await home.run("drift", "specs")
                for part in [
                    "alter system set MAINTENANCE_WORK_MEM = ...", "alter role PLAIN set timezone = ...",
                    "revoke admin option for grp from plain", "comment on database \"odd \"\"db\"\"\" is ...",
                    "revoke TRIGGER on WEB.ORDERS from PLAIN",
                    "plain: table web.orders  SELECT, TRIGGER was left, SELECT is found",
                ] {
                    #expect(told.output.contains(part), "\(part): \(told.all)")
                }
                #expect(!told.output.contains("statement_timeout"), "\(told.output)")
                #expect(told.output.contains("who made one difference is not told"), "\(told.output)")
            }
        }
    }

    @Test func `since when a statement is counted is told in UTC`() async throws {
        let settings = ["shared_preload_libraries": "pg_stat_statements", "timezone": "Asia/Tokyo"]
        try await ScratchServer.with(17, logStatements: "none", settings: settings) { server in
            try await TemporaryHome.with { home in
                let place = ExternalHome(home: home, server: server)
                try await prepare(place)
                try await server.run("CREATE EXTENSION pg_stat_statements")
                try await server.run("ALTER ROLE app CONNECTION LIMIT 97")
                let day = try await server.query("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:') AS t")
                let told = try await home.run("drift", "specs")
                let hour = day.first?["t"] ?? ""
                #expect(told.output.contains("counted since \(hour)"), "\(told.all)")
                #expect(told.output.contains(#/counted since [-0-9]+ [.:0-9]+ UTC: ALTER ROLE app/#), "\(told.output)")
            }
        }
    }
}
