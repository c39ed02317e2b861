import Diagnostics
import FleetModel
import PostgresClient
import Resources
import SQL

/// How statements get to a server: all of a batch or none, or part by part where something is refused.
extension Executor {
    func send(_ batch: StatementBatch, on connection: PostgresConnection, isLastTry: Bool) async throws {
        let mayLend = batch.isAtomic && !batch.actors.isEmpty
        let borrows = mayLend ? await !connection.isSuperuser : false
        let isTransaction = borrows || batch.isAtomic && batch.statements.count > 1
        do throws(PostgresError) {
            if isTransaction { _ = try await connection.query("BEGIN") }
            let loan = borrows ? try await borrow(for: batch, on: connection) : nil
            for statement in batch.statements { try await connection.execute(statement) }
            try await giveBack(loan, on: connection)
            if isTransaction { try await connection.execute("COMMIT") }
        } catch {
            guard batch.parts.count > 1, error.isRefusal(isLastTry: isLastTry) else { throw error }
            if isTransaction { _ = try await connection.query("ROLLBACK") }
            try await sendParts(of: batch, borrows: borrows, on: connection, isLastTry: isLastTry)
        }
    }

    /// Sends a batch of which something is refused: what can be done is done, and the rest is told.
    ///
    /// Only then, because a savepoint for each part would double what goes to the server and back.
    private func sendParts(
        of batch: StatementBatch,
        borrows: Bool,
        on connection: PostgresConnection,
        isLastTry: Bool
    ) async throws {
        var refusals: [RefusedParts.Refusal] = []
        _ = try await connection.query("BEGIN")
        let loan = borrows ? try await borrow(for: batch, on: connection) : nil
        for part in batch.parts {
            _ = try await connection.query("SAVEPOINT part")
            do throws(PostgresError) {
                for statement in part.statements { try await connection.execute(statement) }
                _ = try await connection.query("RELEASE SAVEPOINT part")
            } catch {
                guard error.isRefusal(isLastTry: isLastTry) else { throw error }
                _ = try await connection.query("ROLLBACK TO SAVEPOINT part")
                refusals.append(RefusedParts.Refusal(part: part, error: error))
            }
        }
        try await giveBack(loan, on: connection)
        try await connection.execute("COMMIT")
        if !refusals.isEmpty { throw RefusedParts(refusals: refusals, count: batch.parts.count) }
    }

    /// Lends the session the rights that a batch needs and that it has not, in the transaction that it is in.
    private func borrow(
        for batch: StatementBatch,
        on connection: PostgresConnection
    ) async throws(PostgresError) -> RoleLoan {
        _ = try await connection.query(RoleLoan.turn)
        let rows = try await connection.query(RoleLoan.question(batch.actors))
        let loan = RoleLoan(rows, serverVersion: await connection.serverVersion)
        for statement in loan.lending { try await connection.execute(statement) }
        return loan
    }

    private func giveBack(_ loan: RoleLoan?, on connection: PostgresConnection) async throws(PostgresError) {
        for statement in loan?.returning ?? [] { try await connection.execute(statement) }
    }
}

extension PostgresError {
    /// Whether the server understood a statement and did not want it, as opposed to a conflict or a lost connection.
    ///
    /// What is not there, or has no effect, may have been taken care of by somebody since it was looked for; when it stays
    /// so, nobody has.
    fileprivate func isRefusal(isLastTry: Bool) -> Bool {
        if isConnectionFailure { return false }
        return !isConflict || isLastTry && (isMissingObject || hadNoEffect)
    }
}

/// What the server refused of several changes; the others have been made.
struct RefusedParts: Error, CustomStringConvertible {
    struct Refusal {
        var part: StatementPart
        var error: PostgresError
    }

    var refusals: [Refusal]
    /// How many changes there were.
    var count: Int

    var description: String {
        let done = count - refusals.count
        let others = done == 0 ? "nothing was changed" : "the other \(done) \(done == 1 ? "is" : "are") made"
        let lines = refusals.map { refusal in
            "\(refusal.part.subject)\(refusal.part.source.map { "  \($0.text)" } ?? ""): \(refusal.error)"
        }
        return (["the server refused \(refusals.count) of \(count) changes; \(others)"] + lines).joined(separator: "\n")
    }
}
