import TestSupport
import Testing

/// A home with one specification for a server that pgsteer did not make.
struct ExternalHome {
    let home: TemporaryHome
    let server: ScratchServer

    static func with<Result>(
        _ major: Int,
        _ body: (ExternalHome) async throws -> Result
    ) async throws -> Result {
        try await ScratchServer.with(major) { server in
            try await TemporaryHome.with { home in try await body(ExternalHome(home: home, server: server)) }
        }
    }

    /// The head of an Instance document; what follows is indented by two spaces.
    func instance(_ spec: String) -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: db }
        spec:
          version: \(server.major)
          connection: { uri: "\(server.uri)" }

        """ + spec
    }

    /// Applies, and demands that nothing is left to do and that a second apply writes nothing.
    func expectFixedPoint(_ comment: String = "", environment: [String: String] = [:]) async throws -> Problem? {
        let applied = try await home.run(["apply", "specs", "--yes"], environment: environment)
        guard applied.isSuccess else { return Problem("\(comment) apply: \(applied.all)") }
        let plan = try await home.run(["plan", "specs", "--detailed-exitcode"], environment: environment)
        guard plan.code == 0 else { return Problem("\(comment) plan after apply: \(plan.all)") }
        let offset = server.log.utf8.count
        let again = try await home.run(["apply", "specs", "--yes"], environment: environment)
        guard again.isSuccess else { return Problem("\(comment) second apply: \(again.all)") }
        let writes = WriteStatements.inLog(String(decoding: server.log.utf8.dropFirst(offset), as: UTF8.self))
        return writes.isEmpty ? nil : Problem("\(comment) second apply writes: \(writes)")
    }

    /// Kills the apply of one specification at each of its side effects in turn, lets another one come true each time, and
    /// looks at what is left.
    ///
    /// - Parameter least: How many side effects there are at the least: with fewer nothing would have been tried.
    func crashing(
        _ specification: String,
        then other: String,
        after least: Int,
        _ look: (Int) async throws -> Void
    ) async throws {
        for number in 1...40 {
            try home.write(specification)
            let result = try await home.run(
                ["apply", "specs", "--yes"],
                environment: ["PGSTEER_CRASH_AT": String(number)]
            )
            try home.write(other)
            if let problem = try await expectFixedPoint("after a crash at \(number)") { Issue.record("\(problem)") }
            try await look(number)
            guard result.wasKilled else { return #expect(number >= least) }
        }
        Issue.record("the command had more than 40 side effects")
    }

    struct Problem: CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }
}
