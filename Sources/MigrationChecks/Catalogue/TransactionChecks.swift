import Resources
import SQL

/// Transactions that are at work on the source, and keep a replication slot from being made.
enum TransactionChecks {
    static let all = [preparedTransactions, longTransactions]

    private static let preparedTransactions = MigrationCheck(
        .preparedTransactions,
        "no prepared transaction waits on the source",
        .failed,
        .changes,
        why: "A slot is made when all earlier transactions have ended; a prepared one holds it up for ever.",
        source: [.transactions],
        decide: { facts in
            let prepared = facts.source.rows(.transactions).filter { $0.text("kind") == "prepared" }
            guard !prepared.isEmpty else { return [] }
            let fix = CheckFix.source(
                prepared.map { "ROLLBACK PREPARED \(Quoting.literal($0.text("name")));" },
                note: "or COMMIT PREPARED, in the transaction's own database"
            )
            return [
                .failed(
                    "\(counted(prepared.count, "prepared transaction")) \(verb(prepared.count, "waits", "wait")) on the source.",
                    prepared.map { "\($0.text("name")) (\($0.text("account")) in \($0.text("database")))" },
                    fix: fix
                )
            ]
        }
    )

    /// Transactions that write for less are the rule on a busy server.
    private static let longWriting = 5

    private static let longTransactions = MigrationCheck(
        .longTransactions,
        "no long transaction writes on the source",
        .alarm,
        .changes,
        why: "A slot is made when all earlier transactions that write have ended; the migration waits for them.",
        source: [.transactions],
        decide: { facts in
            let long = facts.source.rows(.transactions)
                .filter { $0.text("kind") == "writing" && ($0.integer("seconds") ?? 0) >= longWriting }
            guard !long.isEmpty else { return [] }
            return [
                .alarm(
                    "\(counted(long.count, "transaction")) \(verb(long.count, "has", "have")) been writing for \(longWriting) seconds and more.",
                    long.map {
                        "process \($0.text("name")) (\($0.text("account")) in \($0.text("database")), \($0.text("seconds")) s)"
                    },
                    fix: .source(
                        long.map { "SELECT pg_terminate_backend(\($0.text("name")));" },
                        note: "or let them end"
                    )
                )
            ]
        }
    )
}
