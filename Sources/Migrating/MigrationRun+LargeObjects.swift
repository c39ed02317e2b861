import PostgresClient
import Resources
import SQL

/// Large objects: they are in no table, and their changes are in no replication.
extension MigrationRun {
    /// Bytes that are read, compared and written at once; a large object may have 4 TiB.
    private static let piece = 1 << 20
    /// `INV_READ` and `INV_WRITE` of PostgreSQL's `libpq-fs.h`.
    private static let reading = 0x40000
    private static let writing = 0x20000

    /// Makes the large objects of one end what they are on the other, as far as this migration answers for them.
    ///
    /// What the receiving end has by itself stays: only objects that the migration brought are changed, or removed when they
    /// are gone from where they came from.
    ///
    /// - Parameters:
    ///   - record: The session with the target, which remembers the objects that the migration brought.
    ///   - mark: What an earlier call returned; nothing is read when no large object was changed since.
    /// - Returns: A mark for a later call; nil where the server cannot tell whether anything changed.
    func alignLargeObjects(
        from origin: PostgresConnection,
        to receiver: PostgresConnection,
        record: PostgresConnection,
        unlessStillAt mark: String? = nil
    ) async throws -> String? {
        guard migration.objects.isEverything else { return nil }
        let counters = try await largeObjectCounters(origin)
        if let mark, mark == counters { return mark }
        async let theirs = fingerprints(origin)
        async let ours = fingerprints(receiver)
        let (wanted, there) = (try await theirs, try await ours)
        let brought = try await broughtLargeObjects(record)
        let work = LargeObjectWork(wanted: wanted, there: there, brought: brought)
        guard work.conflicts.isEmpty else {
            let names = work.conflicts.prefix(5).map(String.init).joined(separator: ", ")
            throw MigrationError(
                "both ends have large objects of their own with the same numbers: \(names)",
                help:
                    "what the receiving end made by itself is not overwritten; remove it there (SELECT lo_unlink(\(work.conflicts[0]))), or give it another number"
            )
        }
        if work.isNothing { return counters }
        activity("copying large objects")
        if try await !journal.exists("large_object", record) {
            try await record.execute(script: "BEGIN; \(journal.largeObjectsCreation); COMMIT")
        }
        _ = try await receiver.query("BEGIN")
        for id in work.gone { try await receiver.execute("SELECT lo_unlink(\(id)::oid)") }
        // On the target that is one transaction with the objects; on the way back it comes first, so that none is unknown.
        try await note(work, record, isOneTransaction: record === receiver)
        for id in work.changed { try await copy(id, there[id] != nil, origin, receiver) }
        try await receiver.execute("COMMIT")
        return counters
    }

    /// How often large objects were changed, as the server counts it; a session that ends has told what it did. Nil where
    /// it is not counted, or not without loss.
    private func largeObjectCounters(_ connection: PostgresConnection) async throws -> String? {
        guard await connection.serverVersion >= 150_000 else { return nil }
        return
            try await connection
            .query(
                """
                SELECT string_agg(concat_ws(' ', relname, n_tup_ins, n_tup_upd, n_tup_del), ', ' ORDER BY relname)
                  || (SELECT coalesce(stats_reset::text, '') FROM pg_stat_database WHERE datname = current_database())
                  AS counters
                FROM pg_stat_sys_tables WHERE schemaname = 'pg_catalog'
                  AND relname IN ('pg_largeobject', 'pg_largeobject_metadata') AND current_setting('track_counts')::bool
                """
            )
            .first?["counters"]
    }

    /// The size of every large object, and a hash over the hashes of its pieces.
    private func fingerprints(_ connection: PostgresConnection) async throws -> [Int: String] {
        let rows = try await connection.query(
            """
            SELECT m.id, m.size || ' ' || (SELECT md5(string_agg(md5(lo_get(m.id, piece * \(Self.piece), \(Self.piece))),
              '' ORDER BY piece)) FROM generate_series(0::int8, greatest(m.size - 1, 0) / \(Self.piece)) piece) AS sum
            FROM (SELECT oid AS id, lo_lseek64(lo_open(oid, \(Self.reading)), 0, 2) AS size FROM pg_largeobject_metadata
              OFFSET 0) m
            """
        )
        return Dictionary(rows.map { ($0.integer("id") ?? 0, $0.text("sum")) }) { first, _ in first }
    }

    private func broughtLargeObjects(_ record: PostgresConnection) async throws -> Set<Int> {
        guard try await journal.exists("large_object", record) else { return [] }
        let rows = try await record.query(
            "SELECT id FROM pgsteer_migration.large_object WHERE task = \(bind: task.token)"
        )
        return Set(rows.compactMap { $0.integer("id") })
    }

    private func note(_ work: LargeObjectWork, _ record: PostgresConnection, isOneTransaction: Bool) async throws {
        func list(_ ids: [Int]) -> Statement {
            "unnest('{\(keywords: ids.map(String.init).joined(separator: ","))}'::oid[])"
        }
        if !work.unrecorded.isEmpty {
            try await record.execute(
                """
                INSERT INTO pgsteer_migration.large_object SELECT \(literal: task.token), \(list(work.unrecorded))
                ON CONFLICT DO NOTHING
                """
            )
        }
        if isOneTransaction, !work.gone.isEmpty {
            try await record.execute(
                """
                DELETE FROM pgsteer_migration.large_object WHERE task = \(literal: task.token)
                  AND id IN (SELECT \(list(work.gone)))
                """
            )
        }
    }

    /// Copies one object piece by piece; one that is removed meanwhile is removed here, too.
    private func copy(
        _ id: Int,
        _ isThere: Bool,
        _ origin: PostgresConnection,
        _ receiver: PostgresConnection
    ) async throws {
        try await receiver.execute(
            isThere
                ? "SELECT lo_truncate64(lo_open(\(id)::oid, \(Self.writing)), 0)" : "SELECT lo_create(\(id)::oid)"
        )
        for number in 0... {
            let offset = number * Self.piece
            let rows: [Row]
            do throws(PostgresError) {
                rows = try await origin.query(
                    "SELECT encode(lo_get(\(id)::oid, \(offset)::int8, \(Self.piece)), 'hex') AS content"
                )
            } catch {
                guard error.sqlState == "42704" else { throw error }
                try await receiver.execute("SELECT lo_unlink(\(id)::oid)")
                return
            }
            let content = rows.first?.text("content") ?? ""
            if !content.isEmpty {
                try await receiver.execute(
                    "SELECT lo_put(\(id)::oid, \(offset)::int8, decode(\(bind: content), 'hex'))"
                )
            }
            // Two letters a byte.
            if content.utf8.count < 2 * Self.piece { return }
        }
    }
}

/// What is to be done about large objects; identifiers are numbers, fingerprints are compared as they are.
struct LargeObjectWork: Equatable {
    /// To be copied, as a whole.
    var changed: [Int]
    /// To be removed: brought earlier, and gone since.
    var gone: [Int]
    /// On both ends, different, and not brought by the migration.
    var conflicts: [Int]
    /// To be remembered as brought.
    var unrecorded: [Int]

    /// - Parameters:
    ///   - wanted: What the objects should be, by their identifiers.
    ///   - there: What the receiving end has.
    ///   - brought: What the migration answers for.
    init(wanted: [Int: String], there: [Int: String], brought: Set<Int>) {
        let differing = wanted.filter { there[$0.key] != $0.value }.keys
        conflicts = differing.filter { there[$0] != nil && !brought.contains($0) }.sorted()
        changed = differing.sorted()
        gone = brought.filter { wanted[$0] == nil && there[$0] != nil }.sorted()
        unrecorded = wanted.keys.filter { !brought.contains($0) }.sorted()
    }

    var isNothing: Bool { changed.isEmpty && gone.isEmpty && unrecorded.isEmpty }
}
