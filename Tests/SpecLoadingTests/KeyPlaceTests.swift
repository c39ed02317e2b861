import Diagnostics
import TestSupport
import Testing

/// Keys that stand in a wrong place, and what cannot be read at all, are told once and with what to do.
@Suite struct KeyPlaceTests {
    private func help(_ text: String) -> [String?] {
        LoadedText(text).diagnostics.filter { $0.code.id == "PGS-010" }.map(\.help)
    }

    private func fleet(_ spec: String) -> String {
        "apiVersion: pgsteer/v1\nkind: Fleet\nmetadata: { name: shop }\nspec: \(spec)\n"
    }

    @Test(arguments: [
        (
            "{ policy: [{ name: calm, require: { backup: true }, impactOutsideWindow: reload }] }",
            "\"impactOutsideWindow\" belongs in require"
        ),
        (
            "{ policy: [{ name: calm, require: { backup: true, severity: warning } }] }",
            "\"severity\" belongs beside require, not in it"
        ),
        ("{ maxRestarts: 2 }", "\"maxRestarts\" belongs in safety"),
        ("{ local: { soak: 5 }, safety: { nodePorts: 16000-17000 } }", "\"nodePorts\" belongs in local"),
        ("{ safety: { maxRestart: 2 } }", "did you mean \"maxRestarts\"?"),
        ("{ safety: { colour: red } }", "its keys are maxDeletes, maxRestarts, canary"),
    ])
    func `a key that another mapping knows is told with its place`(spec: String, expected: String) {
        #expect(help(fleet(spec)).contains(expected), "\(help(fleet(spec)))")
    }

    @Test(arguments: [
        ("availability: dual", "write { mode: dual }"), ("protection: true", "write { deletion: true }"),
        ("size: 2GiB", "its keys are cpu, memory, storage"), ("securityGroups: office", "write [office]"),
        ("admin: { passwordFrom: $ADMIN_PW }", "write { env: ADMIN_PW }"),
        ("admin: { passwordFrom: '${ADMIN_PW}' }", "write { env: ADMIN_PW }"),
        (
            "admin: { passwordFrom: $6$salt }",
            "write { env: NAME } or { file: PATH }; the secret itself never stands in a specification"
        ),
    ])
    func `a value alone, where a mapping or a list is expected, is told with what to write`(
        line: String,
        expected: String
    ) {
        let diagnostics = LoadedText(
            "apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: orders }\nspec: { version: 15, \(line) }\n"
        )
        .diagnostics
        #expect(diagnostics.contains { $0.code.id == "PGS-012" && $0.help == expected }, "\(diagnostics.map(\.help))")
    }

    @Test func `a key of an instance is looked for above and below`() {
        #expect(help(instance("storage: 20GiB")) == ["\"storage\" belongs in size"])
        #expect(
            help(instance("network: { securityGroups: [office] }")).first??.hasSuffix("beside network, not in it")
                == true
        )
        #expect(help(instance("tags: { env: prod }")) == ["\"tags\" belongs in metadata"])
        let outside = "apiVersion: pgsteer/v1\nkind: Instance\nmetadata: { name: orders }\nversion: 15\nspec: {}\n"
        #expect(help(outside) == ["\"version\" belongs in spec"])
        // Too many things have a name.
        #expect(help(instance("size: { name: big }")).first??.hasPrefix("its keys are") == true)
    }

    @Test(arguments: [
        "version: 1️⃣*major", "charset: 1️⃣*set", "databases: 1️⃣*all", "databases: [1️⃣*one]",
        "accounts: [{ name: app, login: 1️⃣*yes }]", "parameters: { work_mem: 1️⃣*size }", "size: 1️⃣*size",
        "1️⃣*key : 1", "protection: 1️⃣*none",
    ])
    func `an alias without an anchor is one mistake`(line: String) {
        let text = instance(line.hasPrefix("version") ? "suspend: true" : line)
        let loaded = LoadedText(line.hasPrefix("version") ? text.replacing("version: 15", with: line) : text)
        #expect(loaded.found == ["PGS-004 at 1"], "\(loaded.diagnostics)")
    }
}

/// What grows with the square of the input shows here as a test that does not end.
@Suite struct HostileSizeTests {
    @Test func `tens of thousands of unknown parameters, accounts and references end`() {
        let count = 8000
        let parameters = (0..<count).map { "  unknown_\($0): 1" }.joined(separator: "\n")
        #expect(LoadedText(instance("parameters:\n" + parameters)).diagnostics.count == count)

        let accounts = (0..<count).map { _ in "  - { name: app }" }.joined(separator: "\n")
        #expect(LoadedText(instance("accounts:\n" + accounts)).diagnostics.count == count - 1)

        let strays = (0..<2000)
            .map {
                "---\napiVersion: pgsteer/v1\nkind: Account\nmetadata: { name: a\($0) }\nspec: { instance: i\($0) }\n"
            }
        let dangling = LoadedText(instance("suspend: true") + strays.joined()).diagnostics
        #expect(dangling.count == 2000)
        // Nobody reads so many guesses.
        #expect(dangling.contains { $0.help == nil })

        let pairs = (0..<count / 2)
            .map { "  - { name: a\($0), memberships: [b\($0)] }\n  - { name: b\($0), memberships: [a\($0)] }" }
        let circles = LoadedText(instance("accounts:\n" + pairs.joined(separator: "\n"))).diagnostics
        #expect(circles.count == count / 2)
    }

    @Test func `names of megabytes are told, and not guessed at`() {
        let name = String(repeating: "long_", count: 40_000)
        let text = instance("parameters:\n  ? \(name)\n  : 1\n  ? \(name)r\n  : 1")
        #expect(LoadedText(text).diagnostics.map(\.code.id) == ["PGS-030", "PGS-030"])
    }

    @Test func `thousands of documents with mistakes in one file end`() {
        let documents = (0..<3000).map { instance("colour: red", name: "i\($0)") }.joined(separator: "---\n")
        #expect(LoadedText(documents).diagnostics.count == 3000)
    }
}
