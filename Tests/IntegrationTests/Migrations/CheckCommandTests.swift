import TestSupport
import Testing

/// `migration check` as a user runs it.
@Suite struct CheckCommandTests {
    @Test func `what stands in the way is told with a command that puts it right`() async throws {
        try await ScratchServer.with(15) { source in
            try await ScratchServer.with(15) { target in
                try await source.run("CREATE ROLE app; CREATE TABLE t (a int); ALTER TABLE t OWNER TO app")
                try await TemporaryHome.with { home in
                    func spec(_ type: String) -> String {
                        """
                        apiVersion: pgsteer/v1
                        kind: Migration
                        metadata: { name: move }
                        spec:
                          source: { uri: "\(source.uri)" }
                          target: { uri: "\(target.uri)" }
                          type: \(type)

                        """
                    }
                    try home.write(spec("full+incremental"))
                    let failed = try await home.run("migration", "check", "move", "specs")
                    #expect(failed.code == 1, "\(failed.all)")
                    #expect(failed.output.contains("FAILED  wal-level"), "\(failed.output)")
                    #expect(failed.output.contains("ALTER SYSTEM SET wal_level = 'logical';"), "\(failed.output)")
                    #expect(failed.output.contains("CREATE ROLE \"app\";"), "\(failed.output)")
                    let json = try await home.run("migration", "check", "move", "specs", "-o", "json")
                    #expect(json.code == 1 && json.output.contains("\"verdict\" : \"failed\""), "\(json.output)")
                    let markdown = try await home.run("migration", "check", "move", "specs", "-o", "markdown")
                    #expect(markdown.output.contains("| wal-level | failed |"), "\(markdown.output)")

                    try home.write(spec("full"))
                    try await target.run("CREATE ROLE app")
                    let passed = try await home.run("migration", "check", "move", "specs", "--all")
                    #expect(passed.code == 0, "\(passed.all)")
                    #expect(passed.output.contains("passed  missing-owners"), "\(passed.output)")
                    #expect(passed.output.contains("not-needed  wal-level"), "\(passed.output)")

                    let unknown = try await home.run("migration", "check", "mvoe", "specs")
                    #expect(unknown.code == 1 && unknown.errors.contains("did you mean \"move\"?"), "\(unknown.all)")
                    // Not one of these commands has changed anything.
                    for log in [source.log, target.log] {
                        // The test itself made a table and a role; one question begins with WITH.
                        let written = WriteStatements.inLog(log)
                            .filter {
                                !$0.contains("app") && !$0.hasPrefix("CREATE TABLE t ") && !$0.hasPrefix("WITH things ")
                            }
                        #expect(written == [])
                    }
                }
            }
        }
    }

    @Test func `an instance that is not there yet is a finding, not an error`() async throws {
        try await TemporaryHome.with { home in
            try home.write(
                """
                apiVersion: pgsteer/v1
                kind: Instance
                metadata: { name: orders }
                spec: { version: 15, databases: [{ name: shop }] }
                ---
                apiVersion: pgsteer/v1
                kind: Migration
                metadata: { name: move }
                spec:
                  source: { uri: "postgresql://postgres@/postgres?host=/nowhere" }
                  target: { instance: orders, database: shop }
                  type: structure

                """
            )
            let result = try await home.run("migration", "check", "move", "specs")
            #expect(result.code == 1, "\(result.all)")
            #expect(result.output.contains("FAILED  source-reachable"), "\(result.output)")
            #expect(result.output.contains("make it with: pgsteer apply"), "\(result.output)")
            #expect(result.output.contains("not tried."), "\(result.output)")
        }
    }
}
