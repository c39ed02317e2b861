import ServerLogs
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct LogParserTests {
    @Test func `a session's line tells time, process, user, database, application and severity`() throws {
        let entries = LogParser.entries(
            of: "2026-11-25 01:02:03.500 UTC [42] bob@shop/my app LOG:  checkpoint starting: time\n"
        )
        let entry = try #require(entries.first)
        #expect(entries.count == 1)
        #expect(entry.time == Date(timeIntervalSince1970: 1_795_568_523.5))
        #expect(entry.processID == 42)
        #expect([entry.user, entry.database, entry.application] == ["bob", "shop", "my app"])
        #expect(entry.severity == .log)
        #expect(entry.message == "checkpoint starting: time")
    }

    @Test func `what follows a message belongs to it, on however many lines`() throws {
        let text = """
            2026-11-25 01:02:03.500 UTC [42] bob@shop/psql ERROR:  duplicate key value violates unique constraint "a"
            2026-11-25 01:02:03.500 UTC [42] bob@shop/psql DETAIL:  Key (id)=(1) already exists.
            2026-11-25 01:02:03.500 UTC [42] bob@shop/psql STATEMENT:  INSERT INTO a
            \tVALUES (1);
            2026-11-25 01:02:04.000 UTC [7] LOG:  database system is ready to accept connections
            """
        let entries = LogParser.entries(of: text)
        #expect(entries.map(\.severity) == [.error, .log])
        #expect(entries[0].detail == "Key (id)=(1) already exists.")
        #expect(entries[0].statement == "INSERT INTO a\nVALUES (1);")
        #expect(entries[1].user == nil)
        #expect(entries[1].processID == 7)
    }

    @Test(
        arguments: [
            ("statement: SELECT 1", "duration: 12.345 ms", "SELECT 1"),
            ("execute <unnamed>: SELECT $1", "duration: 12.345 ms", "SELECT $1"),
            ("bind s1: SELECT $1", "duration: 12.345 ms (bind s1)", "SELECT $1"),
        ]
    )
    func `a timed statement has its time and its text`(logged: String, message: String, statement: String) throws {
        let line = "2026-11-25 01:02:03.500 UTC [42] bob@shop/psql LOG:  duration: 12.345 ms  \(logged)"
        let entry = try #require(LogParser.entries(of: line).first)
        #expect(entry.milliseconds == 12.345)
        #expect(entry.statement == statement)
        #expect(entry.message == message)
    }

    @Test func `a statement that was logged before it was timed is found by its process`() {
        let text = """
            2026-11-25 01:02:03.500 UTC [42] bob@shop/psql LOG:  statement: SELECT 1
            2026-11-25 01:02:03.500 UTC [43] bob@shop/psql LOG:  execute s1: SELECT 2
            2026-11-25 01:02:04.500 UTC [42] bob@shop/psql LOG:  duration: 1000.000 ms
            2026-11-25 01:02:04.500 UTC [43] bob@shop/psql LOG:  duration: 1000.000 ms
            """
        #expect(LogParser.entries(of: text).suffix(2).map(\.statement) == ["SELECT 1", "SELECT 2"])
    }

    @Test func `what a program of the server prints is an entry of its own`() {
        let text = """
            2026-11-25 01:02:03.500 UTC [42] LOG:  starting
            sh: 1: cp: not found
            2026-11-25 01:02:05.500 UTC [42] LOG:  started
            """
        #expect(LogParser.entries(of: text).map(\.severity) == [.log, .output, .log])
    }

    @Test(
        arguments: [
            "%t [%p]: user=%u,db=%d,app=%a,client=%h ", "%m %p %q%d %u %a: ", "%n|%p|%u|%d|%a|",
            "[%-8p] %u@%d <%a> %m ",
        ]
    )
    func `another prefix is read as well`(prefix: String) throws {
        let values = [
            "%t": "2026-11-25 01:02:03 UTC", "%m": "2026-11-25 01:02:03.000 UTC", "%n": "1795568523.000", "%p": "42",
            "%-8p": "42      ", "%u": "bob", "%d": "shop", "%a": "psql", "%h": "[local]", "%q": "",
        ]
        let line = values.sorted { $0.key.count > $1.key.count }
            .reduce(prefix) { $0.replacing($1.key, with: $1.value) }
        let entry = try #require(
            LogParser.entries(of: line + "FATAL:  the end", prefix: LogLinePrefix(prefix)).first
        )
        #expect(entry.severity == .fatal)
        #expect(entry.time == Date(timeIntervalSince1970: 1_795_568_523))
        #expect([entry.user, entry.database] == ["bob", "shop"])
    }

    @Test(arguments: [
        ("1h", 3600.0), ("90s", 90), ("2d", 172_800), ("1970-01-02T00:00:00Z", 13_600), ("1970-01-02", 13_600),
    ])
    func `a time to look from is before now, or a point in time`(text: String, secondsAgo: Double) {
        let now = Date(timeIntervalSince1970: 100_000)
        #expect(LogTime.since(text, now: now).map { now.timeIntervalSince($0) } == secondsAgo)
        #expect(LogTime.since("yesterday", now: now) == nil)
    }
}

@Suite struct LogMaskTests {
    @Test(
        arguments: [
            ("ALTER ROLE app PASSWORD 'it''s me' LOGIN", "ALTER ROLE app PASSWORD **** LOGIN"),
            ("CREATE USER a ENCRYPTED PASSWORD E'x\\'y'", "CREATE USER a ENCRYPTED PASSWORD ****"),
            ("ALTER ROLE a PASSWORD $x$se'cret$x$ LOGIN", "ALTER ROLE a PASSWORD **** LOGIN"),
            ("alter role a pasword 'x' 'y'", "alter role a pasword **** 'y'"),
            ("ALTER ROLE a PASSWORD 'x'\n  'y' LOGIN", "ALTER ROLE a PASSWORD **** LOGIN"),
            ("ALTER ROLE a PASSWORD 'never ends", "ALTER ROLE a PASSWORD ****"),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=abc dbname=d' PUBLICATION p",
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=**** dbname=d' PUBLICATION p"
            ),
            ("SELECT dblink('password=''a b'' host=h')", "SELECT dblink('password=**** host=h')"),
            ("OPTIONS (user 'bob', password 'abc')", "OPTIONS (user 'bob', password ****)"),
            ("connect to postgresql://bob:abc@host/db", "connect to postgresql://bob:****@host/db"),
            ("password authentication failed for user \"bob\"", "password authentication failed for user \"bob\""),
            ("ALTER ROLE a PASSWORD NULL", "ALTER ROLE a PASSWORD NULL"),
            ("SELECT 'postgres:x', a::text FROM t", "SELECT 'postgres:x', a::text FROM t"),
            ("UPDATE users SET password_hash = $1", "UPDATE users SET password_hash = $1"),
        ]
    )
    func `a password is hidden and the rest stays`(text: String, masked: String) {
        #expect(LogMask.apply(to: text) == masked)
    }

    @Test func `values that were bound to a statement about passwords are hidden`() throws {
        let text = """
            2026-11-25 01:02:03.500 UTC [42] bob@shop/app LOG:  execute <unnamed>: UPDATE users SET password = $1
            2026-11-25 01:02:03.500 UTC [42] bob@shop/app DETAIL:  parameters: $1 = 'abc'
            """
        let entry = try #require(LogParser.entries(of: text).first).masked
        #expect(entry.detail == "parameters: ****")
    }
}

@Suite struct SlowStatementTests {
    @Test(
        arguments: [
            ("SELECT * FROM a WHERE id = 17 AND b = 'it''s'", "SELECT * FROM a WHERE id = ? AND b = ?"),
            ("select  *\n from t1\twhere x in (1, 2,3)", "select * from t1 where x in (?)"),
            ("SELECT $1, $body$ x $body$", "SELECT ?"),
            ("SELECT /* a /* b */ */ a1 -- end\n FROM \"T 1\";", "SELECT a1 FROM \"T 1\""),
            ("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (?)"),
            ("SELECT 1.5e3 + x2", "SELECT ? + x2"),
        ]
    )
    func `statements that differ only in their values have one text`(statement: String, text: String) {
        #expect(StatementText.normalised(statement) == text)
    }

    @Test func `groups tell calls, total, mean and worst, the dearest first`() {
        func line(_ ms: String, _ statement: String) -> String {
            "2026-11-25 01:02:03.500 UTC [42] bob@shop/psql LOG:  duration: \(ms) ms  statement: \(statement)"
        }
        let text = [line("10", "SELECT 1"), line("50", "SELECT a"), line("30", "SELECT 2")].joined(separator: "\n")
        var slow = SlowStatements()
        for entry in LogParser.entries(of: text) { slow.add(entry) }
        #expect(slow.groups.map(\.statement) == ["SELECT a", "SELECT ?"])
        #expect(slow.groups.map(\.calls) == [1, 2])
        #expect(slow.groups[1].totalMilliseconds == 40)
        #expect(slow.groups[1].meanMilliseconds == 20)
        #expect(slow.groups[1].worstMilliseconds == 30)
        #expect(slow.groups[1].databases == ["shop"])
    }
}
