/// What a dump is written as (PostgreSQL manual, pg_dump).
package enum DumpFormat: String, Sendable, CaseIterable {
    /// SQL for psql.
    case plain
    /// One compressed file for pg_restore, which can choose from it and load side by side.
    case custom
    /// A folder with a file for each table; dumped and loaded side by side.
    case directory

    /// Tells the format of a file by its first bytes; folders are told by their table of contents, `toc.dat`.
    package init(firstBytes: some Sequence<UInt8>) {
        self = firstBytes.starts(with: "PGDMP".utf8) ? .custom : .plain
    }
}

/// Which half of a database is meant.
package enum DumpPart: String, Sendable, CaseIterable {
    case structure
    case data

    var option: String {
        switch self {
        case .structure: "--schema-only"
        case .data: "--data-only"
        }
    }
}

/// What is chosen from a database.
package struct DumpSelection: Sendable {
    package var tables: [String] = []
    package var schemas: [String] = []
    package var part: DumpPart?

    package init(tables: [String] = [], schemas: [String] = [], part: DumpPart? = nil) {
        self.tables = tables
        self.schemas = schemas
        self.part = part
    }

    package var isEverything: Bool { tables.isEmpty && schemas.isEmpty && part == nil }
}
