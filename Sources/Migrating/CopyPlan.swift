import SQL

/// How the rows of tables are cut into pieces that are copied side by side.
enum CopyPlan {
    /// Tables above this size are copied in several pieces, unless something else is asked for.
    static let splitSize = 256 << 20

    /// One piece of a table: pages from one number up to, not including, another one.
    struct Piece: Sendable, Hashable {
        var table: SourceTable
        /// Nil for the whole table.
        var pages: Range<Int>?
        /// Nil where the last piece ends: a table may grow until the snapshot is taken.
        var isLast = true
    }

    /// Cuts a table into pieces of about the size that is given; one piece for a table below it.
    static func pieces(of table: SourceTable, size: Int, sourceVersion: Int) -> [Piece] {
        // Only from 14 on a condition on ctid reads just those pages.
        let count = sourceVersion >= 140_000 && size > 0 ? min(64, table.bytes / size) : 1
        guard count > 1, table.pages >= count else { return [Piece(table: table, pages: nil)] }
        let step = (table.pages + count - 1) / count
        return (0..<count)
            .compactMap { index in
                let start = index * step
                guard start < table.pages || index == 0 else { return nil }
                let isLast = index == count - 1 || (index + 1) * step >= table.pages
                return Piece(table: table, pages: start..<(start + step), isLast: isLast)
            }
    }
}

extension CopyPlan.Piece {
    private var format: Statement { table.isPortable ? "binary" : "text" }

    /// What the source is asked for.
    var out: Statement {
        let table = table
        guard let pages else {
            if table.columns.isEmpty {
                return "COPY (SELECT FROM ONLY \(table.identifier)) TO STDOUT (FORMAT \(format))"
            }
            return "COPY \(table.identifier) (\(table.columnList)) TO STDOUT (FORMAT \(format))"
        }
        let end: Statement = isLast ? "" : " AND ctid < '(\(pages.upperBound),0)'::tid"
        return """
            COPY (SELECT \(table.columnList) FROM ONLY \(table.identifier)
            WHERE ctid >= '(\(pages.lowerBound),0)'::tid\(end)) TO STDOUT (FORMAT \(format))
            """
    }

    /// What the target is told. Rows of a table that was emptied in the same transaction need no later freezing.
    var into: Statement {
        let columns: Statement = table.columns.isEmpty ? "" : " (\(table.columnList))"
        let freeze: Statement = pages == nil && table.isLogged ? ", FREEZE" : ""
        return "COPY \(table.identifier)\(columns) FROM STDIN (FORMAT \(format)\(freeze))"
    }
}
