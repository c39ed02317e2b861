import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The program lays specifications out, in place and as a filter.
@Suite struct FmtTests {
    private static let ugly =
        "kind: Fleet\napiVersion: pgsteer/v1   # first\nmetadata: {name: a}\nspec:\n    safety: {maxDeletes: 2}\n"
    private static let pretty =
        "apiVersion: pgsteer/v1   # first\nkind: Fleet\nmetadata: { name: a }\nspec:\n  safety: { maxDeletes: 2 }\n"

    private static let diff = """
        --- specs/a.yaml
        +++ specs/a.yaml
        @@ -1,5 +1,5 @@
        -kind: Fleet
         apiVersion: pgsteer/v1   # first
        -metadata: {name: a}
        +kind: Fleet
        +metadata: { name: a }
         spec:
        -    safety: {maxDeletes: 2}
        +  safety: { maxDeletes: 2 }

        """

    @Test func `fmt changes files in place, keeps mode and links, and leaves mistakes alone`() async throws {
        try await TemporaryHome.with { home in
            let manager = FileManager.default
            try Self.ugly.write(toFile: home.path + "/real.yaml", atomically: false, encoding: .utf8)
            try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: home.path + "/real.yaml")
            try manager.createSymbolicLink(
                atPath: home.path + "/specs/a.yaml",
                withDestinationPath: "../real.yaml"
            )
            try "a: [\n".write(toFile: home.path + "/specs/b.yaml", atomically: false, encoding: .utf8)

            let check = try await home.run("fmt", "--check", "specs/a.yaml")
            #expect(check.code == 2 && check.output == "specs/a.yaml\n", "\(check.errors)")
            let diff = try await home.run("fmt", "--diff", "specs/a.yaml")
            #expect(diff.code == 0 && diff.output == Self.diff)
            #expect(try String(contentsOfFile: home.path + "/real.yaml", encoding: .utf8) == Self.ugly)
            let killed = try await home.run("fmt", "specs/a.yaml", environment: ["PGSTEER_CRASH_AT": "1"])
            #expect(killed.wasKilled)
            let all = try await home.run("fmt", "specs")
            #expect(all.code == 1 && all.output == "specs/a.yaml\n")
            #expect(all.errors.contains("PGS-002") && all.errors.contains("specs/b.yaml:2:1"), "\(all.errors)")
            #expect(try String(contentsOfFile: home.path + "/real.yaml", encoding: .utf8) == Self.pretty)
            let mode = try manager.attributesOfItem(atPath: home.path + "/real.yaml")[.posixPermissions]
            #expect(mode as? Int == 0o640)
            #expect(try manager.destinationOfSymbolicLink(atPath: home.path + "/specs/a.yaml") == "../real.yaml")
            #expect(try manager.contentsOfDirectory(atPath: home.path + "/specs").sorted() == ["a.yaml", "b.yaml"])
            #expect(try await home.run("fmt", "--check", "specs/a.yaml").code == 0)
        }
    }

    @Test func `what differs in a file with Windows line breaks can be applied`() async throws {
        try await TemporaryHome.with { home in
            let path = home.path + "/specs/a.yaml"
            let text = Self.ugly.replacing("\n", with: "\r\n")
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            let change = "cd \(home.path); \(Program.path) fmt --diff specs/a.yaml > change; git apply -p0 change 2>&1"
            #expect(try await Shell.run(change) == "")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.pretty)
        }
    }

    @Test func `fmt - is a filter that prints nothing when it cannot read`() async throws {
        let program = Program.path
        #expect(try await Shell.run("printf %s '\(Self.ugly)' | \(program) fmt -") == Self.pretty)
        #expect(try await Shell.run("printf 'a: [\\n' | \(program) fmt - 2>/dev/null; echo $?") == "1\n")
        let left = try await Shell.run("printf '? a\\n:   b\\n' | \(program) fmt - 2>&1 >/dev/null")
        #expect(left.contains("warning[PGS-061]: Left as it is"), "\(left)")
        #expect(try await Shell.run("printf '? a\\n:   b\\n' | \(program) fmt - 2>/dev/null") == "? a\n:   b\n")
    }
}
