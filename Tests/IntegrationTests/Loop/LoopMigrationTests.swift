import Glibc
import PostgresClient
import SQL
import Subprocess
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Declared migrations in the loop.
@Suite struct LoopMigrationTests {
    private func specification(_ source: ScratchServer, major: Int) -> String {
        RunTests.specification("shop17", extra: "  databases: [{ name: shop }]")
            .replacing("version: 15", with: "version: \(major)")
                + """

                ---
                apiVersion: pgsteer/v1
                kind: Migration
                metadata: { name: move }
                spec:
                  source: { uri: "postgresql://postgres@/shop?host=\(source.folder)" }
                  target: { instance: shop17, database: shop }
                  type: full+incremental
                """
    }

    private func migrations(_ loop: LoopProcess) throws -> String {
        let message = try #require(loop.events("pageOpened").first?.message)
        let port = try #require(message.firstMatch(of: #/:(\d+)\/$/#).flatMap { Int($0.1) })
        return try PageClient.get("/api/v1/migrations", port: port).body + PageClient.get("/metrics", port: port).body
    }

    private func hasSaid(_ text: String, _ loop: LoopProcess) -> Bool {
        loop.events("migration").contains { $0.message.contains(text) }
    }

    /// A document that goes away while the migration is at work leaves nobody unaware of what the source keeps.
    private func expectToldWhenUndeclared(_ loop: LoopProcess, _ home: TemporaryHome, _ text: String) async throws {
        let end = try #require(text.firstRange(of: "\n---\n"))
        try home.write(String(text[..<end.lowerBound]) + "\n")
        try await loop.wait("a word of it") { hasSaid("is not declared any more", loop) }
        let plan = try await home.run("plan", "specs")
        #expect(plan.isSuccess && plan.errors.contains("PGS-114"), "\(plan.all)")
        try home.write(text)
    }

    @Test func `a timer's round begins a migration, and ends when it is done`() async throws {
        let major = PostgresInstallations.majors.last ?? 15
        try await ScratchServer.with(15) { source in
            try await TemporaryHome.with { home in
                try await source.run("CREATE DATABASE shop")
                try await source.run("CREATE TABLE t (id int PRIMARY KEY)", database: "shop")
                try await source.run("INSERT INTO t SELECT generate_series(1, 1000)", database: "shop")
                let full = specification(source, major: major).replacing("full+incremental", with: "full")
                try home.write(full)
                let round = try await home.run("run", "specs", "--once")
                #expect(round.isSuccess, "\(round.errors)")
                let status = try await home.run("migration", "status", "move", "specs")
                #expect(status.output.contains("completed"), "\(status.all)")
                let rows = try await home.connect("shop17", database: "shop") { connection in
                    try await connection.query("SELECT count(*) AS n FROM public.t").first?["n"]
                }
                #expect(rows == "1000")
            }
        }
    }

    @Test func `the loop begins a migration, goes on after it was killed, and leaves the cut-over to a person`()
        async throws
    {
        let major = PostgresInstallations.majors.last ?? 15
        try await ScratchServer.with(15, settings: ["wal_level": "logical"]) { source in
            try await TemporaryHome.with { home in
                try await source.run("CREATE DATABASE shop")
                try await source.run(
                    """
                    CREATE TABLE big AS SELECT n AS id, repeat('x', 200) AS text FROM generate_series(1, 200000) n;
                    ALTER TABLE big ADD PRIMARY KEY (id)
                    """,
                    database: "shop"
                )
                try home.write(specification(source, major: major))
                _ = try await LoopProcess.with(home, ["--listen", "127.0.0.1:0"]) { loop in
                    try await loop.wait("the copy to begin") { hasSaid("move: full copy", loop) }
                    loop.send(SIGKILL)
                }
                let status = try await LoopProcess.with(home, ["--listen", "127.0.0.1:0"]) { loop in
                    // On a slow machine the loop that was killed may have come this far, and this one has nothing to tell.
                    try await loop.wait("the migration to be ready") {
                        guard !loop.events("pageOpened").isEmpty else { return false }
                        return try migrations(loop).contains("\"stage\" : \"ready to complete\"")
                    }
                    #expect(!hasSaid("completed", loop))
                    // How far the target is behind is asked of both ends while nobody works on it.
                    try await loop.wait("gap and lag on the page") {
                        let text = try migrations(loop)
                        return text.contains("\"stage\" : \"ready to complete\"")
                            && text.contains("\"isWorkedOn\" : false")
                            && text.contains("pgsteer_migration_lag_bytes{migration=\"move\"}")
                            && text.contains("pgsteer_migration_lag_seconds{migration=\"move\"}")
                    }
                    // And what must be done on the target is told.
                    try await source.run("CREATE INDEX ON big (text)", database: "shop")
                    try await loop.wait("the changed definition") { hasSaid("CHANGED on the source", loop) }
                    _ = try await home.connect("shop17", database: "shop") { connection in
                        try await connection.execute("CREATE INDEX ON public.big (text)")
                    }
                    try await source.run("INSERT INTO big VALUES (0, 'new')", database: "shop")
                    try await expectToldWhenUndeclared(loop, home, specification(source, major: major))
                    let completed = try await home.run("migration", "complete", "move", "specs")
                    #expect(completed.isSuccess, "\(completed.all)")
                    try await loop.wait("the end on the page") {
                        try migrations(loop).contains("\"stage\" : \"completed\"")
                    }
                    loop.end()
                }
                #expect(status == .exited(0))
                let target = try await home.connect("shop17", database: "shop") { connection in
                    try await connection.query("SELECT count(*) AS n FROM public.big").first?["n"]
                }
                #expect(target == "200001")
            }
        }
    }
}
