package import FleetModel
import PostgresClient
import SQL

/// What is looked at before all that one instance has becomes another's; only reads.
extension LocalProvider {
    package func physicalFacts(_ ends: PhysicalEnds) async -> PhysicalFacts {
        let copy = (try? record(of: ends.target))?.copy
        return PhysicalFacts(
            source: (ends.source, try? await sourceFacts(ends)),
            target: (ends.target, try? await targetFacts(ends)),
            otherMigration: copy.flatMap { $0.slot == ends.slot ? nil : $0.migration }
        )
    }

    /// The copies that are being made or followed, by the instances that they fill.
    nonisolated var copies: [String: PhysicalCopy] {
        let names = LocalFiles.names(in: home.instances).filter { !$0.hasPrefix(".") }
        return names.reduce(into: [:]) { copies, name in copies[name] = (try? record(of: name))?.copy }
    }

    private func sourceFacts(_ ends: PhysicalEnds) async throws -> PhysicalFacts.Source {
        try await PostgresConnection.with(primary(of: ends.source).administration) { connection in
            let rows = try await connection.query(
                """
                SELECT current_setting('wal_level') AS level,
                  current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots
                    WHERE slot_name <> \(bind: ends.slot)) AS slots,
                  current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication
                    WHERE application_name <> \(bind: ends.slot)) AS senders,
                  (SELECT sum(pg_database_size(oid)) FROM pg_database)::int8 AS bytes
                """
            )
            let spaces = try await connection.query(
                "SELECT spcname AS name FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY 1"
            )
            let subscriptions = try await connection.query(
                """
                SELECT d.datname || '.' || s.subname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
                WHERE s.subenabled ORDER BY 1
                """
            )
            guard let row = rows.first else { throw ProviderError("\(ends.source) does not answer") }
            return PhysicalFacts.Source(
                logLevel: row.text("level"),
                freeSlots: row.integer("slots") ?? 0,
                freeSenders: row.integer("senders") ?? 0,
                tablespaces: spaces.map { $0.text("name") },
                subscriptions: subscriptions.map { $0.text("name") },
                bytes: row.integer("bytes") ?? 0
            )
        }
    }

    private func targetFacts(_ ends: PhysicalEnds) async throws -> PhysicalFacts.Target {
        let server = try primary(of: ends.target)
        var facts = try await PostgresConnection.with(server.administration) { connection in
            let level = try await connection.query("SELECT current_setting('wal_level') AS level")
            let names =
                try await connection.query(
                    "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
                )
                .map { $0.text("name") }
            return PhysicalFacts.Target(
                logLevel: level.first?.text("level") ?? "",
                filledDatabases: names,
                undeclaredDatabases: names.filter { !ends.declaredDatabases.contains($0) }
            )
        }
        var filled: [String] = []
        for name in facts.filledDatabases + ["postgres"] {
            let rows = try await PostgresConnection.with(server.administration.database(name)) { connection in
                try await connection.query(Self.content)
            }
            if !rows.isEmpty { filled.append(name) }
        }
        facts.filledDatabases = filled
        facts.freeBytes = LocalFiles.freeBytes(at: server.folder.path)
        return facts
    }

    /// One row when a database has anything that an extension or a new database has not.
    private static let content: Statement = """
        SELECT 1 AS one FROM (
          SELECT c.oid, 'pg_class'::regclass AS class, c.relnamespace AS schema FROM pg_class c
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
          UNION ALL SELECT p.oid, 'pg_proc'::regclass, p.pronamespace FROM pg_proc p
        ) o JOIN pg_namespace n ON n.oid = o.schema
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
        UNION ALL SELECT 1 FROM pg_largeobject_metadata
        LIMIT 1
        """
}
