import LogicalDumps
import Testing

@Suite struct ToolMessagesTests {
    private func report(_ tool: String, _ text: String) -> (report: LoadReport, tables: [String]) {
        var messages = ToolMessages(tool: tool)
        var report = LoadReport()
        var tables: [String] = []
        let events = text.split(separator: "\n").flatMap { messages.add(String($0)) } + messages.finish()
        for event in events {
            switch event {
            case .table(let name): tables.append(name)
            case .problem(let problem): report.add(problem)
            }
        }
        return (report, tables)
    }

    @Test func `pg_restore tells what was not loaded, and owners and privileges apart`() {
        let (report, tables) = report(
            "pg_restore",
            """
            pg_restore: connecting to database for restore
            pg_restore: creating TABLE "public.a"
            pg_restore: while PROCESSING TOC:
            pg_restore: from TOC entry 215; 1259 16388 TABLE a app
            pg_restore: error: could not execute query: ERROR:  relation "a" already exists
            Command was: CREATE TABLE public.a (
                id integer
            );


            pg_restore: processing data for table "public.a"
            pg_restore: from TOC entry 3345; 0 0 ACL TABLE a app
            pg_restore: error: could not execute query: ERROR:  role "bob" does not exist
            Command was: GRANT SELECT ON TABLE public.a TO bob;
            pg_restore: warning: errors ignored on restore: 2
            """
        )
        #expect(tables == ["public.a"])
        #expect(report.failures.map(\.object) == ["TABLE a"])
        #expect(report.failures.map(\.message) == ["relation \"a\" already exists"])
        #expect(report.failures.first?.statement?.hasPrefix("CREATE TABLE public.a (") == true)
        #expect(report.harmless.map(\.statement) == ["GRANT SELECT ON TABLE public.a TO bob;"])
    }

    @Test func `psql's errors have their statements, and what follows from a failed COPY is not told`() {
        let (report, _) = report(
            "psql",
            """
            psql:<stdin>:12: ERROR:  relation "public.b" does not exist
            psql:<stdin>:12: STATEMENT:  COPY public.b (id) FROM stdin;
            psql:<stdin>:13: ERROR:  syntax error at or near "1"
            LINE 1: 1
                    ^
            psql:<stdin>:13: STATEMENT:  1
            2;
            psql:<stdin>:20: ERROR:  role "bob" does not exist
            psql:<stdin>:20: STATEMENT:  ALTER TABLE public.a OWNER TO bob;
            psql:<stdin>:21: ERROR:  must be owner of extension hstore
            psql:<stdin>:21: STATEMENT:  COMMENT ON EXTENSION hstore IS 'x';
            """
        )
        #expect(report.failures.map(\.statement) == ["COPY public.b (id) FROM stdin;"])
        #expect(report.followers == 1)
        #expect(report.harmless.count == 2)
    }

    @Test func `a charset whose characters all have a place converts, any other may fail`() {
        #expect(DumpCharset.of(script: "--\nSET client_encoding = 'UTF8';\n") == "UTF8")
        #expect(DumpCharset.verdict(of: "UTF8", into: "utf-8") == .same)
        #expect(DumpCharset.verdict(of: "LATIN1", into: "UTF8") == .converts)
        #expect(DumpCharset.verdict(of: "UTF8", into: "LATIN1") == .mayFail)
        #expect(DumpCharset.verdict(of: "SQL_ASCII", into: "UTF8") == .mayFail)
    }

    @Test func `a database's name is never an option or a connection string`() {
        let arguments = DumpArguments(sockets: "/s", port: 1, database: "a' host=evil", withPermissions: false, jobs: 2)
        let words = arguments.dumping(DumpSelection(), as: .directory, to: "/d")
        #expect(words.contains("--dbname=dbname='a\\' host=evil'"))
        #expect(words.contains("--no-privileges"))
        #expect(words.contains("--jobs=2"))
        let whole = DumpArguments(sockets: "/s", port: 1, database: "a", withPermissions: true, jobs: 2)
        #expect(!whole.dumping(DumpSelection(), as: .plain, to: nil).contains("--no-owner"))
    }
}
