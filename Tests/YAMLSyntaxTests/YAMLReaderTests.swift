import Diagnostics
import TestSupport
import Testing
import YAMLSyntax

/// Reads a text whose `1️⃣` marks where the diagnostic must point.
private func read(_ marked: String, limits: YAMLLimits = YAMLLimits()) -> (
    documents: [YAMLNode], diagnostics: [Diagnostic], marks: MarkedText
) {
    let marks = MarkedText(marked)
    var collector = DiagnosticCollector()
    let documents = YAMLReader.documents(
        in: Array(marks.text.utf8),
        path: "a.yaml",
        limits: limits,
        collector: &collector
    )
    return (documents, collector.sorted, marks)
}

private func place(_ range: SourceRange?) -> MarkedText.Place? {
    range.map { MarkedText.Place(line: $0.line, column: $0.column) }
}

@Suite struct YAMLPositionTests {
    @Test func `every node and every key knows its line and column`() throws {
        let (documents, diagnostics, marks) = read(
            """
            # a comment
            1️⃣name: 2️⃣orders
            list:
              - 3️⃣{ 4️⃣x: 5️⃣"ü", 6️⃣y: 7️⃣2 }
            """
        )
        #expect(diagnostics.isEmpty)
        let root = try #require(documents.first)
        let entries = try #require(root.mapping)
        #expect(place(entries[0].keyRange) == marks.places[1])
        #expect(place(entries[0].value.range) == marks.places[2])
        let item = try #require(root["list"]?.sequence?.first)
        #expect(place(item.range) == marks.places[3])
        let inner = try #require(item.mapping)
        #expect(place(inner[0].keyRange) == marks.places[4])
        #expect(place(inner[0].value.range) == marks.places[5])
        // The umlaut before it is two bytes and one column.
        #expect(place(inner[1].keyRange) == marks.places[6])
        #expect(place(inner[1].value.range) == marks.places[7])
    }

    @Test func `documents after the first keep counting lines`() throws {
        let (documents, _, marks) = read("a: 1\n---\n---\n# nothing\n---\nb: 1️⃣2\n...\n")
        #expect(documents.count == 2)
        #expect(place(documents.last?["b"]?.range) == marks.places[1])
    }
}

@Suite struct YAMLScalarTests {
    @Test(arguments: ["no", "on", "yes", "0123", "1_000", "12e03x", "~x", "0b1"])
    func `what YAML 1.1 took for something else is a text`(text: String) throws {
        let scalar = try #require(read("v: \(text)").documents.first?["v"]?.scalar)
        #expect(scalar.text == text)
        #expect(scalar.boolean == nil)
        #expect(!scalar.isNull)
    }

    @Test(arguments: [("true", true), ("False", false), ("TRUE", true)])
    func `the core schema's truth values are read`(text: String, value: Bool) {
        #expect(read("v: \(text)").documents.first?["v"]?.scalar?.boolean == value)
        #expect(read("v: '\(text)'").documents.first?["v"]?.scalar?.boolean == nil)
        #expect(read("v: !!str \(text)").documents.first?["v"]?.scalar?.boolean == nil)
    }

    @Test(arguments: [("7", 7), ("-3", -3), ("+5", 5), ("0x1F", 31), ("0o17", 15), ("007", 7)])
    func `integers are read in every base of the core schema`(text: String, value: Int) {
        #expect(read("v: \(text)").documents.first?["v"]?.scalar?.integer == value)
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"])
    func `nothing is nothing in all its spellings`(text: String) {
        #expect(read("v: \(text)").documents.first?["v"]?.isNull == true)
    }
}

@Suite struct YAMLTextTests {
    @Test func `a byte order mark, CRLF and UTF-16 change nothing`() {
        let plain = "a: 1\nb: [x, ü]\n"
        let crlf = plain.replacing("\n", with: "\r\n")
        let little: [UInt8] =
            [0xFF, 0xFE] + plain.utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 255), UInt8(unit >> 8)] }
        let big: [UInt8] =
            [0xFE, 0xFF] + plain.utf16.flatMap { unit -> [UInt8] in [UInt8(unit >> 8), UInt8(unit & 255)] }
        for bytes in [Array(plain.utf8), [0xEF, 0xBB, 0xBF] + Array(plain.utf8), Array(crlf.utf8), little, big] {
            var collector = DiagnosticCollector()
            let document = YAMLReader.documents(in: bytes, path: "a", collector: &collector).first
            #expect(collector.diagnostics == [])
            #expect(document?["a"]?.scalar?.text == "1")
            #expect(document?["b"]?.sequence?.last?.scalar?.text == "ü")
            #expect(document?["b"]?.range.line == 2)
            #expect(document?["b"]?.range.column == 4)
        }
    }

    @Test func `bytes that are no text are refused`() {
        var collector = DiagnosticCollector()
        #expect(YAMLReader.documents(in: [0x61, 0xC3, 0x28], path: "a", collector: &collector).isEmpty)
        #expect(collector.diagnostics.map(\.code) == [.unreadableFile])
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n---\n", "---\nnull\n"])
    func `a file without content has no documents and no mistakes`(text: String) {
        let (documents, diagnostics, _) = read(text)
        #expect(documents.isEmpty)
        #expect(diagnostics.isEmpty)
    }
}

@Suite struct YAMLMistakeTests {
    @Test func `a duplicate key is reported with its first place`() throws {
        let (_, diagnostics, marks) = read("a:\n  2️⃣x: 1\n  y: 2\n  1️⃣x: 3\n")
        let diagnostic = try #require(diagnostics.first)
        #expect(diagnostics.count == 1)
        #expect(diagnostic.code == .duplicateKey)
        #expect(place(diagnostic.range) == marks.places[1])
        #expect(place(diagnostic.notes.first?.range) == marks.places[2])
    }

    @Test func `a tab in the indentation is reported with what to do`() throws {
        let diagnostic = try #require(read("a:\n\tb: 1\n").diagnostics.first)
        #expect(diagnostic.code == .invalidYAML)
        #expect(diagnostic.range?.line == 2)
        #expect(diagnostic.help?.contains("spaces") == true)
    }

    @Test(arguments: [
        ("a: @x", "put a text that starts with"), ("a: *", "\"*\" into quotes"), ("a: \"\\q\"", "single quotes"),
        ("a: \u{7}", "escape in double quotes"), ("%YAML 3.0\n---\na: 1", "leave out the line"),
        ("%FOO\n---\na: 1", "leave out the line"), ("a: 1\nb: \"x\nc: 2\n", "the quotes that begin in line 2"),
        ("---\na: 1\n---\nb: 'x\n", "the quotes that begin in line 4"), ("a: [1\nb: 2\n", "brackets above"),
    ])
    func `every way in which a text is no YAML says what to do`(text: String, help: String) throws {
        let diagnostic = try #require(read(text).diagnostics.first)
        #expect(diagnostic.code == .invalidYAML)
        #expect(diagnostic.help?.contains(help) == true, "\(diagnostic)")
    }

    @Test func `documents before a broken one are still read`() {
        let (documents, diagnostics, _) = read("a: 1\n---\nb: [1, 2\n---\nc: 1\n")
        #expect(documents.count == 1)
        #expect(diagnostics.count == 1)
    }

    @Test func `an unknown alias is reported with the anchor that was meant`() throws {
        let (_, diagnostics, marks) = read("a: &first 1\nb: 1️⃣*frist\n")
        let diagnostic = try #require(diagnostics.first)
        #expect(place(diagnostic.range) == marks.places[1])
        #expect(diagnostic.help == "did you mean \"first\"?")
    }

    @Test func `an alias inside its own anchor is reported`() {
        #expect(read("a: &x [1, 1️⃣*x]\n").diagnostics.map(\.code) == [.unknownAlias])
    }

    @Test func `anchors end with their document`() {
        #expect(read("a: &x 1\n---\nb: *x\n").diagnostics.map(\.code) == [.unknownAlias])
    }

    @Test func `an alias stands for its value`() {
        let (documents, diagnostics, _) = read("a: &x { k: [1, 2] }\nb: *x\n")
        #expect(diagnostics.isEmpty)
        #expect(documents.first?["b"]?["k"]?.sequence?.count == 2)
    }

    @Test func `merge keys are refused and merge nothing`() {
        let (documents, diagnostics, _) = read("a: &x { k: 1 }\nb: { <<: *x, l: 2 }\n")
        #expect(diagnostics.map(\.code) == [.unsupportedYAML])
        #expect(documents.first?["b"]?["k"] == nil)
        #expect(documents.first?["b"]?["l"]?.scalar?.text == "2")
    }

    @Test func `tags of an application and keys that are no texts are refused`() {
        #expect(read("a: !mine 1\n").diagnostics.map(\.code) == [.unsupportedYAML])
        #expect(read("? [1, 2]\n: 3\n").diagnostics.map(\.code) == [.unsupportedYAML])
    }
}

@Suite struct YAMLLimitTests {
    private func limits(_ change: (inout YAMLLimits) -> Void) -> YAMLLimits {
        var limits = YAMLLimits()
        change(&limits)
        return limits
    }

    @Test func `deep nesting ends in a diagnostic`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(read(text).diagnostics.map(\.code) == [.tooLarge])
        let edge = limits { $0.depth = 3 }
        #expect(read("[[[1]]]", limits: edge).diagnostics.isEmpty)
        #expect(read("[[[[1]]]]", limits: edge).diagnostics.map(\.code) == [.tooLarge])
    }

    @Test func `thousands of mistakes end in a diagnostic`() {
        let text = String(repeating: "a: 1\n", count: 100)
        let few = read(text, limits: limits { $0.errors = 10 }).diagnostics
        #expect(few.map(\.code) == Array(repeating: .duplicateKey, count: 10) + [.tooLarge])
        #expect(few.last?.range?.line == 12)
        #expect(read(text).diagnostics.count == 99)
    }

    @Test func `a bomb of aliases ends in a diagnostic`() {
        let lines = (1...30)
            .map { "l\($0): &l\($0) [\(Array(repeating: "*l\($0 - 1)", count: 10).joined(separator: ", "))]" }
        #expect(read("l0: &l0 [x]\n" + lines.joined(separator: "\n")).diagnostics.map(\.code) == [.tooLarge])
    }

    @Test func `too many values and too large files end in a diagnostic`() {
        #expect(read("[1, 2, 3]", limits: limits { $0.nodes = 3 }).diagnostics.map(\.code) == [.tooLarge])
        #expect(read("[1, 2, 3]", limits: limits { $0.nodes = 4 }).diagnostics.isEmpty)
        #expect(read("a: 12345", limits: limits { $0.fileSize = 7 }).diagnostics.map(\.code) == [.tooLarge])
    }
}
