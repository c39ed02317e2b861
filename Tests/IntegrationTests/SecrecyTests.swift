import Foundation
import TestSupport
import Testing

/// A secret is nowhere but where it is kept. Every home of the suite is searched for passwords at its end
/// (``TemporaryHome/with(_:)``); here is what that does not see.
@Suite(.serialized) struct SecrecyTests {
    /// Starts a command, waits until it has said something, and lets it crash; prints what bash says of its end.
    private static func crash(_ command: String, in folder: String) async throws -> String {
        let script = """
            cd '\(folder)' && ulimit -c unlimited && rm -f said
            \(command) > said 2>&1 &
            for _ in {1..600}; do [ -s said ] && break; sleep 0.1; done
            [ -s said ] || echo 'it says nothing'
            kill -ABRT $!
            wait $!
            """
        // bash writes "Aborted (core dumped)", whichever way this machine keeps dumps.
        return try await Shell.run("{ \(script)\n} 2>&1")
    }

    @Test func `a crash leaves no dump of what pgsteer has in memory`() async throws {
        try await TemporaryHome.with { home in
            try home.write("")
            let other = try await Self.crash("perl -e '$| = 1; print 1; sleep 60'", in: home.path)
            // A machine that makes no dumps at all has nothing to show.
            guard other.contains("core dumped") else { return }
            let ours = try await Self.crash("'\(Program.path)' run specs --home '\(home.path)/home'", in: home.path)
            #expect(ours.contains("Aborted") && !ours.contains("dumped") && !ours.contains("nothing"), "\(ours)")
            let said = try String(contentsOfFile: home.path + "/said", encoding: .utf8)
            #expect(!said.contains("Registers"), "\(said)")
        }
    }

    @Test func `a home with a password in it fails its test`() async throws {
        let places = ["home/log/server.log", "home/history.sqlite"]
        for place in places {
            await #expect(throws: PasswordFound.self) {
                try await TemporaryHome.with { home in
                    let path = "\(home.path)/\(place)"
                    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    let text = "Pw1! is how it begins, ALTER ROLE x PASSWORD '\(TemporaryHome.password("app"))'"
                    try Data([0, 255] + Array(text.utf8) + [0]).write(to: URL(filePath: path))
                }
            }
        }
        #expect(!PasswordSearch.finds(in: Data("Pw1!".utf8 + Array(repeating: 0, count: 100) + "-secret".utf8)))
    }
}
