import TestSupport

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

    struct Problem: CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }
}
