/// What comes after the rows of each table: its indexes, then its constraints, then nothing.
///
/// An index and the constraint that uses another one of the same table must not be made at the same time: both want locks
/// that the other has.
actor TableFollowUps {
    enum Step: Sendable {
        case copy
        case index
    }

    enum Next: Sendable {
        case nothing
        case indexes([StructureScript.Entry])
        case constraints
    }

    private var pieces: [Int: Int] = [:]
    private var indexes: [Int: [StructureScript.Entry]] = [:]
    private var openIndexes: [Int: Int] = [:]
    private var constraintEntries: [Int: [StructureScript.Entry]] = [:]
    private let done: Set<String>

    init(tables: [SourceTable], scripts: StructureScripts, done: Set<String>) {
        self.done = done
        for table in tables {
            let own = scripts.post(of: table.oid)
            indexes[table.oid] = own.filter { $0.type == "INDEX" && !done.contains("index \($0.number)") }
            constraintEntries[table.oid] =
                done.contains("constraints \(table.step)") ? [] : own.filter { $0.type == "CONSTRAINT" }
            openIndexes[table.oid] = indexes[table.oid]?.count
        }
    }

    func expect(_ count: Int, of table: SourceTable) { pieces[table.oid] = count }

    func isCopied(_ table: SourceTable) -> Bool { pieces[table.oid, default: 0] == 0 }

    func constraints(of table: SourceTable) -> [StructureScript.Entry] { constraintEntries[table.oid] ?? [] }

    /// What is to be done after a step of a table.
    func next(after step: Step, of table: SourceTable) -> Next {
        switch step {
        case .copy:
            if let left = pieces[table.oid], left > 0 { pieces[table.oid] = left - 1 }
            guard isCopied(table) else { return .nothing }
            let entries = indexes[table.oid] ?? []
            return entries.isEmpty ? last(of: table) : .indexes(entries)
        case .index:
            openIndexes[table.oid, default: 1] -= 1
            return openIndexes[table.oid] == 0 ? last(of: table) : .nothing
        }
    }

    private func last(of table: SourceTable) -> Next { constraints(of: table).isEmpty ? .nothing : .constraints }
}
