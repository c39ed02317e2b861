import PostgresClient
import Resources
import SQL
import SideEffects
import SpecSchema

/// The source as one moment had it; ends with its session.
struct SourceSnapshot: Sendable {
    /// The session that keeps it.
    var keeper: PostgresConnection
    var name: String
    /// The place in the source's WAL; nil where nothing will be followed.
    var position: String?
}

extension MigrationRun {
    /// Everything up to a target that has what the source had at one moment.
    func prepareAndCopy() async throws {
        let source = try await openSource()
        try await source.closing { source in
            let target = try await openTarget()
            try await target.closing { target in
                activity("preparing")
                try await endLeftovers(target)
                try await endLeftovers(source)
                let done = try await journal.entries(target)
                if task.hasEnded == true || done["renamed"] != nil { return try await finishAgain(target) }
                if done["structure"] == nil { try await refuseWhatIsInTheWay(source, target) }
                try await refuseLostSlot(source, done)
                startGuarding(isCopied: done["values"] != nil)
                if try await !journal.exists("done_unlogged", target) {
                    try await target.execute(script: journal.creation)
                }
                if migration.type.value == .fullAndIncremental { try await preparePublication(source) }
                try board.throwIfStopped()
                try await copyAll(source, target)
            }
        }
    }

    private func copyAll(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        // Before the snapshot: a slot must be older than it.
        let needed = try await isSnapshotNeeded(source, target)
        let snapshot = needed ? try await takeSnapshot(source) : nil
        do {
            let meant = try await tables(source, snapshot)
            try move(.prepared)
            if try await journal.entries(target)["structure"] == nil { try await keepSourceBaseline(source, snapshot) }
            let scripts = try await makeStructure(source, target, snapshot, meant)
            try await keepTargetBaseline(target)
            // A table that was made on the source since has no place to go to; completing tells of it.
            let chosen = meant.filter { scripts.makes(table: $0.oid) }
            if migration.type.value == .structure {
                try await finishStructure(scripts, chosen, target)
                await snapshot?.keeper.close()
                try await finish(target)
                return
            }
            try move(.structureMade)
            try await copyTables(chosen, scripts, source, target, snapshot)
            try await finishStructure(scripts, chosen, target)
            if try await journal.entries(target)["values"] == nil {
                try await alignSequences(source, target)
                _ = try await alignLargeObjects(from: source, to: target, record: target)
                try await refreshViews(source, target)
                try await analyse(target)
                try await target.execute(journal.record("values", at: nil))
            }
            if migration.type.value == .full {
                try await verifyCopy(chosen, snapshot, source, target)
                await snapshot?.keeper.close()
                try await finish(target)
                return
            }
        } catch {
            await snapshot?.keeper.close()
            throw error
        }
        await snapshot?.keeper.close()
        isCopied = true
    }

    /// Ends a migration that has nothing to follow.
    private func finish(_ target: PostgresConnection) async throws {
        try await renameSchemas(target)
        // Remembered first: without the journal nothing else tells that all is done.
        try remember { $0.hasEnded = true }
        try await journal.removal(target)
        try move(.finished, message: task.verification?.sentence)
    }

    /// Ends a migration that a run has done all of but the last step, whatever state that one left.
    private func finishAgain(_ target: PostgresConnection) async throws {
        try move(.prepared)
        if migration.type.value != .structure { try move(.structureMade) }
        try await finish(target)
    }

    /// The tables that are meant, as the snapshot has them.
    func tables(_ source: PostgresConnection, _ snapshot: SourceSnapshot?) async throws -> [SourceTable] {
        let all: [SourceTable]
        if let snapshot {
            let reader = try await open(order.source)
            all = try await reader.closing { reader in
                try await join(snapshot, reader)
                return try await SourceCatalogue.tables(reader)
            }
        } else {
            all = try await SourceCatalogue.tables(source)
        }
        return all.filter { migration.objects.includes(schema: $0.schema, table: $0.name) }
    }

    func join(_ snapshot: SourceSnapshot, _ reader: PostgresConnection) async throws {
        _ = try await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _ = try await reader.query("SET TRANSACTION SNAPSHOT \(literal: snapshot.name)")
    }

    // MARK: The snapshot

    private func isSnapshotNeeded(_ source: PostgresConnection, _ target: PostgresConnection) async throws -> Bool {
        if migration.type.value == .fullAndIncremental, try await !hasSlot(source) { return true }
        let done = try await journal.entries(target)
        if done["structure"] == nil { return true }
        if migration.type.value == .structure { return false }
        return try await tables(source, nil).contains { done[$0.step] == nil }
    }

    private func takeSnapshot(_ source: PostgresConnection) async throws -> SourceSnapshot {
        guard migration.type.value == .fullAndIncremental else {
            let keeper = try await open(order.source)
            _ = try await keeper.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            let name = try await keeper.query("SELECT pg_export_snapshot() AS name").first?.text("name") ?? ""
            return SourceSnapshot(keeper: keeper, name: name)
        }
        return try await takeSlotSnapshot(hasSlot: hasSlot(source))
    }

    // MARK: Rows

    /// One thing that a worker does.
    private enum Job: Sendable {
        case copy(CopyPlan.Piece)
        case index(StructureScript.Entry, of: SourceTable)
        case constraints(of: SourceTable)
    }

    /// Copies what is not copied yet, largest first, and builds the indexes of a table as soon as it is in.
    private func copyTables(
        _ tables: [SourceTable],
        _ scripts: StructureScripts,
        _ source: PostgresConnection,
        _ target: PostgresConnection,
        _ snapshot: SourceSnapshot?
    ) async throws {
        let done = try await journal.entries(target)
        let version = await source.serverVersion
        let followUps = TableFollowUps(tables: tables, scripts: scripts, done: Set(done.keys))
        board.change {
            $0.tables = tables.count
            $0.bytes = tables.reduce(0) { $0 + $1.bytes }
            let copied = tables.filter { done[$0.step] != nil }
            $0.tablesDone = copied.count
            $0.bytesDone = copied.reduce(0) { $0 + $1.bytes }
            $0.activity = "copying"
        }
        var jobs: [(cost: Int, job: Job)] = []
        for table in tables {
            if done[table.step] != nil {
                jobs += Self.jobs(await followUps.next(after: .copy, of: table), of: table)
                continue
            }
            let pieces = CopyPlan.pieces(of: table, size: order.splitSize, sourceVersion: version)
            await followUps.expect(pieces.count, of: table)
            if pieces.count > 1 { try await target.execute(table.emptying) }
            jobs += pieces.map { (cost: table.bytes / pieces.count, job: .copy($0)) }
        }
        let queue = WorkQueue(jobs)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, min(order.concurrency, jobs.count)) {
                group.addTask { try await self.work(on: queue, followUps, snapshot) }
            }
            for try await _ in group {}
        }
        try board.throwIfStopped()
    }

    private static func jobs(_ next: TableFollowUps.Next, of table: SourceTable) -> [(cost: Int, job: Job)] {
        switch next {
        case .nothing: []
        // An index costs about as much as half of its table's copy; it should not wait for the smaller tables.
        case .indexes(let entries): entries.map { (cost: table.bytes / 2 + 1, job: .index($0, of: table)) }
        case .constraints: [(cost: table.bytes / 2 + 1, job: .constraints(of: table))]
        }
    }

    private func work(
        on queue: WorkQueue<Job>,
        _ followUps: TableFollowUps,
        _ snapshot: SourceSnapshot?
    ) async throws {
        var job = await queue.next()
        guard job != nil else { return }
        let reader = try await opened(queue) { try await open(order.source) }
        let writer = try await opened(queue) { try await openTarget(beside: reader) }
        do {
            if let snapshot { try await join(snapshot, reader) }
            while let current = job {
                try board.throwIfStopped()
                let more = try await perform(current, reader, writer, followUps, snapshot)
                await queue.finished(bringing: more)
                job = await queue.next()
            }
        } catch {
            board.fail()
            await queue.failed()
            await writer.close()
            await reader.close()
            throw error
        }
        await writer.close()
        await reader.close()
    }

    private func opened(
        _ queue: WorkQueue<Job>,
        _ body: () async throws -> PostgresConnection
    ) async throws -> PostgresConnection {
        do { return try await body() } catch {
            board.fail()
            await queue.failed()
            throw error
        }
    }

    private func perform(
        _ job: Job,
        _ reader: PostgresConnection,
        _ writer: PostgresConnection,
        _ followUps: TableFollowUps,
        _ snapshot: SourceSnapshot?
    ) async throws -> [(cost: Int, job: Job)] {
        switch job {
        case .copy(let piece):
            board.began(piece.table.shown, bytes: piece.table.bytes)
            defer { board.ended(piece.table.shown) }
            try await copy(piece, reader, writer, snapshot)
            let next = await followUps.next(after: .copy, of: piece.table)
            guard await followUps.isCopied(piece.table) else { return [] }
            if piece.pages != nil {
                try await writer.execute(journal.record(piece.table, at: snapshot?.position))
            }
            board.copied(piece.table.bytes)
            return Self.jobs(next, of: piece.table)
        case .index(let entry, let table):
            try await make([entry], as: "index \(entry.number)", writer)
            return Self.jobs(await followUps.next(after: .index, of: table), of: table)
        case .constraints(let table):
            try await make(await followUps.constraints(of: table), as: "constraints \(table.step)", writer)
            return []
        }
    }

    /// Copies one piece; the rows and the note that they are there are one transaction.
    private func copy(
        _ piece: CopyPlan.Piece,
        _ reader: PostgresConnection,
        _ writer: PostgresConnection,
        _ snapshot: SourceSnapshot?
    ) async throws {
        guard let snapshot else { preconditionFailure("a copy without a snapshot") }
        let table = piece.table
        do {
            _ = try await writer.query("BEGIN")
            if piece.pages == nil { try await writer.execute(table.emptying) }
            effects.willPerform("copy \(table.shown)")
            let board = board
            let count = try await reader.copy(piece.out, into: writer, piece.into) { bytes, rows in
                board.moved(bytes, rows: rows, of: table.shown)
                return board.goesOn
            }
            if piece.pages == nil { try await writer.execute(journal.record(table, at: snapshot.position)) }
            try await writer.execute("COMMIT")
            board.change { $0.rowsDone += count.rows }
        } catch let error as PostgresError {
            throw MigrationError("\(table.shown) could not be copied: \(error)")
        }
    }

    /// Makes entries of the archive in one transaction with the note that they are there.
    private func make(_ entries: [StructureScript.Entry], as step: String, _ writer: PostgresConnection) async throws {
        let text = StructureScript.script(entries)
        let script: Statement = """
            BEGIN; \(made: text)
            ; \(journal.record(step, at: nil)); COMMIT
            """
        try await writer.execute(script: script)
    }
}
