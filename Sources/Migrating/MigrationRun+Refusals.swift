import PostgresClient
import Resources
import SQL

/// What must be so before writes go over, in either direction.
extension MigrationRun {
    /// Returns the tables that go over, when the end that takes the writes has everything and is equal.
    func refuseUnlessReady(_ crossing: Crossing) async throws -> [SourceTable] {
        let direction = crossing.direction
        let strangers = direction == .back ? task.wayBack?.strangers ?? [] : []
        if direction == .forth {
            try await refuseMissingSlot(crossing.origin)
            try await refuseChangedDefinitions(crossing.origin, crossing.receiver)
            try await refuseEmptied(crossing.receiver)
        }
        try await refuseOtherShapes(crossing, apartFrom: strangers)
        guard try await passBarrier(crossing.origin, crossing.receiver, within: .seconds(60)) != nil else {
            let gap = try await gap(crossing.origin, isBack: direction.isBack) ?? 0
            let problem = try await applyProblem(crossing.receiver, isBack: direction.isBack)
            if direction == .forth { try move(.fellBehind, message: problem) }
            throw MigrationError(
                "the \(direction.noun) is refused: the \(direction.receiverNoun) is \(gap) bytes behind and did not catch up in a minute\(problem.map { "; \($0)" } ?? "")",
                help: problem == nil ? "see how it goes on: pgsteer migration status \(task.name)" : Self.applyHelp
            )
        }
        if task.state == .incrementalSync { try move(.caughtUp) }
        let tables = try await tables(crossing.origin, nil).filter { $0.isLogged && !strangers.contains($0.shown) }
        let report = try await verifyLive(tables, crossing)
        try remember { $0.verification = report }
        guard report.isClean else {
            throw MigrationError(
                "the \(direction.noun) is refused: \(report.sentence)",
                help:
                    "was the \(direction.receiverNoun) written to by others? Put the rows right there, and \(direction == .forth ? "complete" : "roll back") again"
            )
        }
        reporter.tell(report.sentence)
        return tables
    }

    /// Unlogged tables are empty after a crash of the target's server; a run copies them again.
    private func refuseEmptied(_ target: PostgresConnection) async throws {
        let done = try await journal.entries(target)
        let mark = "unlogged table "
        let emptied = done.keys.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
            .filter { done["table " + $0] == nil }.sorted()
        guard !emptied.isEmpty else { return }
        throw MigrationError(
            "the cut-over is refused: \(emptied.prefix(5).joined(separator: ", ")) of the target, which PostgreSQL empties when its server ends unawares, \(emptied.count == 1 ? "has" : "have") lost the rows",
            help: "copy them again: pgsteer migration resume \(task.name)"
        )
    }

    /// Whether a relation, as `schema.name`, is one of those that are moved. Either part may have dots in it: then each way of
    /// reading the name counts, since what is looked at once too often is only refused.
    func isMeant(_ name: String) -> Bool {
        name.indices.contains { index in
            name[index] == "."
                && migration.objects.includes(
                    schema: String(name[..<index]),
                    table: String(name[name.index(after: index)...])
                )
        }
    }

    /// Definitions are not followed: what was changed on one end must have been changed on the other, too.
    private func refuseOtherShapes(_ crossing: Crossing, apartFrom strangers: Set<String>) async throws {
        let ours = try await SourceCatalogue.shapes(crossing.origin)
        let theirs = try await SourceCatalogue.shapes(crossing.receiver)
        let differing =
            ours.filter { name, shape in
                !strangers.contains(name) && isMeant(name) && theirs[name] != shape
            }
            .keys.sorted()
        guard !differing.isEmpty else { return }
        let (here, there) = (crossing.direction.originNoun, crossing.direction.receiverNoun)
        throw MigrationError(
            "the \(crossing.direction.noun) is refused: \(differing.prefix(5).joined(separator: ", ")) \(differing.count == 1 ? "has" : "have") other columns on the \(there), or are not there",
            help: "definitions that change on the \(here) are not followed; change them on the \(there), too"
        )
    }
}
