import Diagnostics
import TestSupport
import Testing
import YAMLSyntax

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

private let keys = ["apiVersion", "kind", "metadata", "spec"]

private func format(_ text: String) -> YAMLFormatter.Outcome? {
    var collector = DiagnosticCollector()
    return YAMLFormatter.format(Array(text.utf8), path: "a.yaml", keys: keys, collector: &collector)
}

private func read(_ text: String) -> [YAMLNode] {
    var collector = DiagnosticCollector()
    let documents = YAMLReader.documents(in: Array(text.utf8), path: "a.yaml", collector: &collector)
    #expect(collector.diagnostics == [], "\(text)")
    return documents
}

/// Texts get one look, and mean what they meant.
@Suite struct YAMLFormatterTests {
    @Test func `indentation, spaces and blank lines become the same everywhere`() {
        let text = """

            # About this file.


            kind:   Instance
            apiVersion: pgsteer/v1
            metadata: {name: orders,tags: {env: prod , tier:  gold}}
            # What is wanted.
            spec:
                accounts:
                -   name: app
                    remark: "the: shop"

                # The second one.
                -   { name: readers }
                securityGroups: [ a,b ]   # who may come in
                    # closes the specification


            ---

            a:
              -
                - b
            """
        #expect(
            format(text)
                == .formatted(
                    """
                    # About this file.

                    apiVersion: pgsteer/v1
                    kind: Instance
                    metadata: { name: orders, tags: { env: prod, tier: gold } }
                    # What is wanted.
                    spec:
                      accounts:
                        - name: app
                          remark: "the: shop"

                        # The second one.
                        - { name: readers }
                      securityGroups: [a, b]    # who may come in
                        # closes the specification
                    ---
                    a:
                      -
                        - b

                    """
                )
        )
    }

    @Test func `scalars of several lines keep what they say`() {
        let text = """
            a:
                literal: |
                      one
                        two

                kept: |+
                    one

                deep: >2-
                      folded

                plain: one
                    two
                quoted: "one

                 two\\
                    \\  three"
                flow: [ a,
                        # why
                        { b: c },
                ]
            """
        #expect(
            format(text)
                == .formatted(
                    """
                    a:
                      literal: |
                        one
                          two

                      kept: |+
                        one

                      deep: >2-
                            folded

                      plain: one
                        two
                      quoted: "one

                        two\\
                        \\  three"
                      flow: [a,
                              # why
                              { b: c },
                      ]

                    """
                )
        )
    }

    @Test func `anchors, aliases, tags and windows line breaks are kept`() {
        #expect(
            format("a:   &x {b:  1}\r\nc: *x\r\n? d\r\n: !!str   12\r\n")
                == .declined("it has a construct that cannot be laid out anew for certain")
        )
        #expect(
            format("a:   &x {b:  1}\r\nc: *x\r\nd: !!str   12\r\n*x  : e\r\n") == nil,
            "a mapping as a key is a mistake"
        )
        #expect(
            format("a:   &x {b:  1}\r\nc: *x\r\nd: !!str   12\r\n")
                == .formatted("a: &x { b: 1 }\nc: *x\nd: !!str 12\n")
        )
    }

    @Test func `keys stay where they are when an alias would come before its anchor`() {
        let text = "kind: &k Instance\napiVersion: *k\n"
        #expect(format(text) == .formatted(text))
    }

    @Test func `a key moves with the comment above it, and the head of the file stays`() {
        #expect(
            format("# head\nspec: {}\n\n# the kind\nkind: Fleet # a fleet\napiVersion: pgsteer/v1\n# the end\n")
                == .formatted(
                    "# head\napiVersion: pgsteer/v1\n\n# the kind\nkind: Fleet # a fleet\nspec: {}\n# the end\n"
                )
        )
    }

    @Test(arguments: ["a: [b", "a: b\na: c\n", "a:\n\t- b\n", "*a"])
    func `a text with a mistake is left alone`(text: String) {
        #expect(format(text) == nil)
    }

    @Test(arguments: ["a: \"b\u{2028}c\"\n", "a: b\rc: d\r"])
    func `a text with other line breaks is left alone`(text: String) {
        guard case .declined = format(text) else {
            Issue.record("formatted")
            return
        }
    }

    @Test func `the example specifications have the canonical look already`() throws {
        for folder in ["specs", "examples"] {
            let root = "\(PostgresInstallations.root)/\(folder)"
            let paths = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".yaml") }
            #expect(!paths.isEmpty)
            for path in paths {
                let text = try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
                #expect(format(text) == .formatted(text), "\(folder)/\(path)")
            }
        }
    }

    @Test(arguments: 0..<300)
    func `formatting never changes what a text says, and is done after once`(seed: UInt64) {
        let text = YAMLWriter.text(seed: seed)
        guard case .formatted(let formatted) = format(text) else {
            Issue.record("not formatted:\n\(text)")
            return
        }
        let (before, after) = (read(text), read(formatted))
        #expect(before.count == after.count)
        for (left, right) in zip(before, after) {
            #expect(left.saysTheSame(as: right, inAnyOrder: true), "\(text)\nbecame\n\(formatted)")
        }
        #expect(format(formatted) == .formatted(formatted), "\(text)")
    }
}

/// Writes YAML at random, in as many styles as people have.
private struct YAMLWriter {
    private var state: UInt64
    private var lines: [String] = []
    private var step = 2

    static func text(seed: UInt64) -> String {
        var writer = YAMLWriter(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        for number in 0...writer.below(3) {
            if number > 0 || writer.below(2) == 0 { writer.lines.append("---" + writer.pick(["", " # a document"])) }
            writer.step = 1 + writer.below(5)
            writer.mapping(at: 0, depth: 0)
        }
        return writer.lines.joined(separator: writer.pick(["\n", "\r\n"])) + writer.pick(["", "\n", "\n\n"])
    }

    private mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    private mutating func trivia(at column: Int) {
        for _ in 0..<below(3) {
            lines.append(pick(["", "   ", spaces(column) + "# c\(below(99))", spaces(below(9)) + "#"]))
        }
    }

    private mutating func mapping(at column: Int, depth: Int, lead: String? = nil) {
        var names = depth == 0 ? ["spec", "kind", "apiVersion", "metadata"] : ["a", "b", "\"c d\"", "'e'", "f-g"]
        var lead = lead
        for _ in 0...below(names.count) {
            if lead == nil { trivia(at: column) }
            let name = names.remove(at: below(names.count))
            let start = (lead ?? spaces(column)) + name + pick(["", "", " "]) + ":"
            lead = nil
            value(after: start, at: column, depth: depth)
        }
    }

    private mutating func value(after start: String, at column: Int, depth: Int) {
        switch depth > 3 ? below(6) : below(9) {
        case 0: lines.append(start + pick(["", " ", "  # nothing"]))
        case 1, 2:
            lines.append(start + spaces(1 + below(3)) + flow(depth: 0) + pick(["", "  ", " # a", "     # b"]))
        case 3: block(after: start, at: column)
        case 4: lines += [start + " one  ", "", spaces(column + 1 + below(4)) + "two three"]
        case 5:
            let quote = pick(["\"", "'"])
            lines += [start + " " + quote + "x  ", spaces(column + 1 + below(9)) + "y" + quote]
        case 6, 7:
            lines.append(start + pick(["", "   # in it", " &a\(lines.count)"]))
            mapping(at: column + step, depth: depth + 1)
        default:
            lines.append(start)
            sequence(at: column + pick(["", "x"]).count * step, depth: depth + 1)
        }
    }

    private mutating func block(after start: String, at column: Int) {
        let digit = below(3) == 0 ? 1 + below(3) : nil
        let indentation = column + (digit ?? 1 + below(4))
        lines.append(
            start + " " + pick(["|", ">"]) + (digit.map(String.init) ?? "") + pick(["", "-", "+"]) + pick(["", " # c"])
        )
        if digit != nil, below(2) == 0 { lines.append(spaces(indentation) + "  further in") }
        lines += [
            spaces(indentation) + "# no comment", "", spaces(indentation) + "   deeper  ", spaces(indentation) + "x: y",
        ]
        for _ in 0..<below(3) { lines.append("") }
    }

    private mutating func sequence(at column: Int, depth: Int) {
        for _ in 0...below(3) {
            trivia(at: column)
            let gap = 1 + below(3)
            let lead = spaces(column) + "-" + spaces(gap)
            switch below(4) {
            case 0: lines.append(lead + flow(depth: 0))
            case 1: mapping(at: column + 1 + gap, depth: max(1, depth), lead: lead)
            case 2: block(after: spaces(column) + "-", at: column)
            default: lines.append(lead + pick(["plain", "\"quoted # text\"", "'it''s'", "", "- nested"]))
            }
        }
    }

    private mutating func flow(depth: Int) -> String {
        switch depth > 2 ? 0 : below(4) {
        case 0: pick(["1", "true", "a b", "\"{ , }\"", "'[#]'", "~", "https://x/#y", "!!str 5"])
        case 1:
            "[" + pick(["", " "]) + flow(depth: depth + 1) + pick([",", " , "]) + flow(depth: depth + 1)
                + pick(["", ",", " "]) + "]"
        case 2:
            "{" + pick(["", "  "]) + "k:  " + flow(depth: depth + 1) + pick([",", " ,  "]) + "\"l\":"
                + flow(depth: depth + 1) + "}"
        default: pick(["[]", "{ }", "{}", "[ ]"])
        }
    }
}
