import PostgresClient
import Resources
import SQL
import SideEffects
import SpecSchema

/// Definitions that change on the source while it is followed.
extension MigrationRun {
    /// Keeps what the source's definitions are when they are dumped; later looks are compared with it.
    func keepSourceBaseline(_ source: PostgresConnection, _ snapshot: SourceSnapshot?) async throws {
        guard migration.type.value == .fullAndIncremental else { return }
        let definitions: [Definition]
        if let snapshot {
            let reader = try await open(order.source)
            definitions = try await reader.closing { reader in
                try await join(snapshot, reader)
                return try await DefinitionCatalogue.definitions(reader)
            }
        } else {
            definitions = try await DefinitionCatalogue.definitions(source)
        }
        try folder.keep(DefinitionBaseline(source: meant(definitions), target: []))
    }

    /// Adds what the target has made of them: its words for a view may be others.
    func keepTargetBaseline(_ target: PostgresConnection) async throws {
        guard var baseline = folder.baseline, baseline.target.isEmpty else { return }
        baseline.target = meant(try await DefinitionCatalogue.definitions(target))
        try folder.keep(baseline)
    }

    /// What has changed on the source since the structure was made, and differs on the target.
    func definitionChanges(
        _ source: PostgresConnection,
        _ target: PostgresConnection
    ) async throws -> [DefinitionChange] {
        guard let baseline = folder.baseline else { return [] }
        return baseline.unresolved(
            source: meant(try await DefinitionCatalogue.definitions(source)),
            target: meant(try await DefinitionCatalogue.definitions(target))
        )
    }

    private func meant(_ definitions: [Definition]) -> [Definition] {
        definitions.filter { $0.isMeant(by: migration.objects) }
    }

    /// Tells of changes that were not told yet in this run.
    func tell(_ changes: [DefinitionChange], unless told: inout Set<DefinitionChange>) {
        for change in changes where told.insert(change).inserted {
            reporter.tell("CHANGED on the source: \(change.sentence); on the target: \(change.advice)")
        }
    }

    /// Refuses the cut-over while the target lacks what has changed on the source.
    func refuseChangedDefinitions(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        let changes = try await definitionChanges(source, target)
        if let first = changes.first {
            let more = changes.count > 1 ? ", and \(changes.count - 1) more" : ""
            throw MigrationError(
                "the cut-over is refused: on the source, \(first.sentence)\(more); definitions are not followed",
                help:
                    "on the target: \(first.advice)\(changes.count > 1 ? "\nall of them: pgsteer migration status \(task.name)" : "")"
            )
        }
        let waiting = try await unpublishedTables(source)
        guard let first = waiting.first else { return }
        throw MigrationError(
            "the cut-over is refused: \(first.shown)\(waiting.count > 1 ? " and \(waiting.count - 1) more tables are" : " is") not followed yet",
            help: "bring the rows with: pgsteer migration resume \(task.name)"
        )
    }

    // MARK: Tables that are new

    /// Tables that are meant and not published: those that were made since the publication was.
    private func unpublishedTables(_ source: PostgresConnection) async throws -> [SourceTable] {
        let published = Set(try await publishedTables(source))
        return try await tables(source, nil).filter { $0.isLogged && !published.contains($0.shown) }
    }

    private func publishedTables(_ source: PostgresConnection) async throws -> [String] {
        try await source.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_publication p
            JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN pg_class c ON c.oid = r.prrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = \(bind: objectName)
            """
        )
        .map { $0.text("name") }
    }

    /// Follows tables that were made on the source, once the target has them, too: PostgreSQL's own synchronisation of
    /// tables brings their rows.
    func admitNewTables(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        let ours = try await SourceCatalogue.shapes(source)
        let theirs = try await SourceCatalogue.shapes(target)
        let ready = try await unpublishedTables(source).filter { theirs[$0.shown] == ours[$0.shown] }
        for table in ready {
            try await refuseOwnRows(table, target)
            try await changeIdentities(of: [table], source)
            try await source.execute("ALTER PUBLICATION \(identifier: objectName) ADD TABLE ONLY \(table.identifier)")
        }
        let known = Set(try await subscribedTables(target).map { $0.text("name") })
        let missing = try await publishedTables(source).filter { !known.contains($0) }
        // One that the target does not have would keep the others from coming, too.
        guard !missing.isEmpty, missing.allSatisfy({ theirs[$0] != nil }) else { return }
        activity("bringing \(missing.count == 1 ? missing[0] : "\(missing.count) new tables")")
        try await target.execute(
            "ALTER SUBSCRIPTION \(identifier: objectName) REFRESH PUBLICATION WITH (copy_data = true)"
        )
        while try await subscribedTables(target).contains(where: { $0.text("state") != "r" }) {
            try board.throwIfStopped()
            if let problem = try await applyProblem(target) { activity(problem) }
            try await Task.sleep(for: .milliseconds(100))
        }
        reporter.tell("followed from now on, too: \(missing.joined(separator: ", "))")
    }

    private func subscribedTables(_ target: PostgresConnection) async throws -> [Row] {
        try await target.query(
            """
            SELECT n.nspname || '.' || c.relname AS name, r.srsubstate AS state FROM pg_subscription s
            JOIN pg_subscription_rel r ON r.srsubid = s.oid JOIN pg_class c ON c.oid = r.srrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
            WHERE s.subname = \(bind: objectName)
            """
        )
    }

    /// Rows of another origin would be mixed with those that come.
    private func refuseOwnRows(_ table: SourceTable, _ target: PostgresConnection) async throws {
        guard try await !target.query("SELECT FROM ONLY \(table.identifier) LIMIT 1").isEmpty else { return }
        throw MigrationError(
            "\(table.shown) is new on the source, and on the target it has rows already that would be mixed with those that come",
            help: "empty it on the target, and go on: pgsteer migration resume \(task.name)"
        )
    }
}
