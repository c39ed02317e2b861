import Diagnostics
import Testing

private let code = DiagnosticCode("PGS-999", "Test title")

private func range(_ text: String, line: Int, column: Int, width: Int) -> SourceRange {
    SourceRange(
        file: SourceFile(path: "specs/a.yaml", text: text),
        line: line,
        column: column,
        endLine: line,
        endColumn: column + width
    )
}

@Suite struct TextRenderingTests {
    private func render(_ diagnostic: Diagnostic) -> String { TextDiagnosticRenderer(style: .plain).render(diagnostic) }

    @Test func `a diagnostic shows its place, the line, a caret, the detail and help`() {
        let diagnostic = Diagnostic(
            code,
            "Something is wrong.",
            at: range("a: 1\nkey: value\n", line: 2, column: 6, width: 5),
            help: "do it right"
        )
        #expect(
            render(diagnostic) == """
                error[PGS-999]: Test title
                 --> specs/a.yaml:2:6
                2 | key: value
                  |      ^^^^^
                  = Something is wrong.
                  help: do it right

                """
        )
    }

    @Test func `the caret stands under its character also behind tabs and wide characters`() {
        let text = render(Diagnostic(code, "x", at: range("\tü: v", line: 1, column: 5, width: 1)))
        #expect(text.contains("1 | \tü: v\n  | \t   ^\n"))
    }

    @Test func `a long line is cut around the culprit`() {
        let line = String(repeating: "x", count: 5000) + "Y" + String(repeating: "z", count: 5000)
        let text = render(Diagnostic(code, "x", at: range(line, line: 1, column: 5001, width: 1)))
        #expect(text.count < 500)
        #expect(text.contains("Y"))
    }

    @Test func `a range past the end of its line and a missing line do not matter`() {
        #expect(render(Diagnostic(code, "x", at: range("ab", line: 1, column: 9, width: 3))).contains("a.yaml:1:9"))
        #expect(render(Diagnostic(code, "x", at: range("ab", line: 7, column: 1, width: 3))).contains("a.yaml:7:1"))
    }

    @Test(arguments: [
        ("password: hunter2", "hunter2"), ("{ name: x, password: \"s e c\", y: 1 }", "s e c"),
        ("adminPassword: 'abc' # c", "abc"),
        ("uri: postgresql://u:geheim@h/db", "geheim"), ("apiToken: t0k", "t0k"), ("{password: a,b: c}", ": a,"),
        ("{\"password\":\"geheim\"}", "geheim"), ("pasword: x1y", "x1y"), ("passwordFrom: geheim", "geheim"),
        ("{ \"passwordFrom\": '$Geheim1' }", "Geheim1"), ("urlFrom: https://hooks.example.org/T0KEN", "T0KEN"),
    ])
    func `a secret in the shown line is hidden and columns stay`(line: String, secret: String) {
        let text = render(Diagnostic(code, "x", at: range(line, line: 1, column: 1, width: 1)))
        #expect(!text.contains(secret))
        let shown = text.split(separator: "\n")[2].dropFirst(4)
        #expect(shown.count == line.count)
    }

    @Test(arguments: [
        "passwordFrom: { env: ORDERS_PASSWORD }", "passwordFrom: $ORDERS_PASSWORD",
        "x: { passwordFrom: \"${ORDERS_PASSWORD}\" }", "restore: { from: orders }",
    ])
    func `a reference to a secret is no secret`(line: String) {
        #expect(render(Diagnostic(code, "x", at: range(line, line: 1, column: 1, width: 1))).contains(line))
    }

    @Test func `what a message quotes does not act on the terminal, and its lines stay lines`() {
        let text = render(Diagnostic(code, "The role \u{1B}[2Kx.\nIt is odd.", at: nil, help: "drop \r\u{202E}x"))
        #expect(
            text == """
                error[PGS-999]: Test title
                  = The role \\u{1b}[2Kx.
                    It is odd.
                  help: drop \\u{d}\\u{202e}x

                """
        )
    }

    @Test func `control characters in a line do not reach the terminal`() {
        #expect(
            !render(Diagnostic(code, "x", at: range("a\u{1B}[31mb", line: 1, column: 1, width: 1))).contains("\u{1B}")
        )
    }
}

@Suite struct AnnotationTests {
    @Test func `an annotation names file, line and columns, and its text stays one line`() {
        let diagnostic = Diagnostic(
            code,
            "50% wrong\nreally",
            at: range("a: b", line: 1, column: 4, width: 1),
            help: "x,y:z"
        )
        #expect(
            GitHubAnnotations.render([diagnostic])
                == "::error file=specs/a.yaml,line=1,endLine=1,col=4,endColumn=5,title=PGS-999 Test title::"
                + "50%25 wrong%0Areally%0Ax,y:z\n"
        )
    }
}

@Suite struct CollectorTests {
    @Test func `diagnostics come by place, those without one first, and each once`() {
        var collector = DiagnosticCollector()
        let second = Diagnostic(code, "second", at: range("a: b", line: 2, column: 1, width: 1))
        let first = Diagnostic(
            code,
            "first",
            at: SourceRange(
                file: second.range?.file ?? SourceFile(path: "", text: ""),
                line: 1,
                column: 9,
                endLine: 1,
                endColumn: 9
            )
        )
        let nowhere = Diagnostic(code, "nowhere", at: nil, severity: .warning)
        collector.emit(contentsOf: [second, first, second, nowhere])
        #expect(collector.sorted.map(\.detail) == ["nowhere", "first", "second"])
        #expect(collector.hasErrors)
    }

    @Test(arguments: [
        ("max_connectons", "max_connections"), ("wrok_mem", "work_mem"), ("Work-Mem", "work_mem"),
        ("shred_buffers", "shared_buffers"),
    ])
    func `the nearest name is found`(typed: String, meant: String) {
        #expect(NearestName.of(typed, among: ["max_connections", "work_mem", "shared_buffers"]) == meant)
    }

    @Test func `a name that is near to nothing has no guess`() {
        #expect(NearestName.of("banana", among: ["max_connections", "work_mem"]) == nil)
        #expect(NearestName.of("auto", among: ["manual", "automatic", "window"]) == "automatic")
        #expect(NearestName.of("max", among: ["max_connections", "max_wal_size"]) == nil, "both begin so")
        #expect(NearestName.of("ma", among: ["max_connections"]) == nil, "too little to tell")
    }
}
