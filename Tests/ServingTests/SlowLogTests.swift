import Dashboard
import Glibc
import Serving
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The last slow statements, from logs that grow.
@Suite struct SlowLogTests {
    private func line(_ milliseconds: Int, _ statement: String) -> String {
        "2026-11-29 10:00:00.000 UTC [42] app@shop/web LOG:  duration: \(milliseconds).5 ms  statement: \(statement)\n"
    }

    private func withLog(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/pgsteer-slow-\(UInt32.random(in: 0 ... .max)).log"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    /// Writes on in the same file, as a server does.
    private func append(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count)
    }

    @Test func `statements are put together by their text, as a log grows line by line`() throws {
        try withLog { path in
            var log = SlowLog()
            log.read(1, path, prefix: nil)
            #expect(log.statements.isEmpty)
            try append(
                line(100, "SELECT 1") + line(300, "SELECT 2") + "2026-11-29 10:00:00.000 UTC [42] app@sh",
                to: path
            )
            log.read(1, path, prefix: nil)
            // The half line is not lost.
            try append("op/web LOG:  duration: 1000.5 ms  statement: DELETE FROM a\n\tWHERE b = 5\n", to: path)
            log.read(1, path, prefix: nil)
            log.read(1, path, prefix: nil)
            log.read(1, path, prefix: nil)
            #expect(log.statements.map(\.calls) == [1, 2])
            // What pgsteer asks itself is nobody's slow program.
            try append(
                line(9000, "SELECT 3").replacing("@shop/web", with: "@shop/pgsteer/abc") + line(1, "SELECT 4"),
                to: path
            )
            log.read(1, path, prefix: nil)
            #expect(!log.statements.contains { $0.worstMilliseconds > 2000 })
            #expect(log.statements.first?.statement.contains("WHERE b = ") ?? false)
            #expect(log.statements.last?.worstMilliseconds == 300.5 && log.statements.last?.databases == ["shop"])
        }
    }

    @Test func `a log that is begun anew is read from its beginning, and passwords are in none`() throws {
        try withLog { path in
            var log = SlowLog()
            try append(line(100, "SELECT 1"), to: path)
            log.read(1, path, prefix: nil)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            defer { try? FileManager.default.removeItem(atPath: path + ".1") }
            try append(line(200, "ALTER ROLE app PASSWORD 'very secret'") + line(1, "SELECT now()"), to: path)
            log.read(1, path, prefix: nil)
            log.read(1, path, prefix: nil)
            let text = log.statements.map(\.statement).joined(separator: "\n")
            #expect(text.contains("ALTER ROLE app") && text.contains("SELECT now()"), "\(text)")
            #expect(!text.contains("very secret"))
        }
    }

    @Test func `a flood is bounded: the newest part of it, so many statements, so much of each`() throws {
        try withLog { path in
            var log = SlowLog()
            try append(
                line(5, "SELECT '\(String(repeating: "x", count: 100_000))', a\(String(repeating: "y", count: 9000))"),
                to: path
            )
            log.read(1, path, prefix: nil)
            log.read(1, path, prefix: nil)
            #expect((log.statements.first?.statement.utf8.count ?? 0) < 3000)
            let flood = (0..<30_000).map { line(10 + $0, "SELECT \($0) FROM t\($0)") }.joined()
            #expect(flood.utf8.count > SlowLog.readBytes)
            try append(flood, to: path)
            log.read(1, path, prefix: nil)
            log.read(1, path, prefix: nil)
            #expect(log.statements.reduce(0) { $0 + $1.calls } == SlowLog.keptStatements)
            #expect(log.statements.first?.statement.contains("t29999") ?? false)
        }
    }
}
