import PostgresClient
import SQL

/// What a comparison of both ends found.
package struct VerificationReport: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable {
        case equal
        case different
        /// It changed on the source while it was read; it is compared again at the cut-over.
        case changing
    }

    package struct Table: Codable, Sendable, Equatable {
        package var table: String
        package var outcome: Outcome
        package var sourceRows: Int
        package var targetRows: Int
        /// Keys of rows that differ, some of them: `missing (1)`, `extra (2)`, `different (3)`.
        package var examples: [String]

        /// In a few words; without a key no row can be named.
        fileprivate var evidence: String {
            examples.isEmpty
                ? "\(sourceRows) rows on the source, \(targetRows) on the target"
                : examples.prefix(3).joined(separator: ", ")
        }
    }

    package var tables: [Table] = []
    package var rows: Int { tables.reduce(0) { $0 + $1.sourceRows } }
    package var differing: [Table] { tables.filter { $0.outcome == .different } }
    package var changing: [Table] { tables.filter { $0.outcome == .changing } }
    package var isClean: Bool { differing.isEmpty }

    /// The same, when the target was taken for the source.
    var turned: VerificationReport {
        var report = self
        for index in report.tables.indices {
            let table = report.tables[index]
            (report.tables[index].sourceRows, report.tables[index].targetRows) = (table.targetRows, table.sourceRows)
        }
        return report
    }

    /// One sentence for people.
    package var sentence: String {
        guard isClean else {
            let names = differing.prefix(3).map { "\($0.table) (\($0.evidence))" }
            return "\(differing.count) of \(tables.count) tables differ: \(names.joined(separator: "; "))"
        }
        let rest = changing.isEmpty ? "" : ", \(changing.count) more change all the time"
        return "verified: \(tables.count - changing.count) tables, \(rows) rows are equal\(rest)"
    }
}

/// Compares tables by the number of their rows and the sum of the rows' hashes, which does not depend on their order.
///
/// A sum, because with an exclusive or two equal rows would hide each other.
struct TableComparison: Sendable {
    struct Fingerprint: Sendable, Equatable {
        var rows: Int
        var sum: String
    }

    /// Whether both ends can hash a row as it is (PostgreSQL 14).
    let hasRecordHash: Bool

    private func hash(_ table: SourceTable) -> Statement {
        hasRecordHash
            ? "hash_record_extended(\(table.comparedRow), 0)" : "hashtextextended(\(table.comparedRow)::text, 0)"
    }

    func fingerprint(_ table: SourceTable, _ connection: PostgresConnection) async throws -> Fingerprint {
        let rows = try await connection.query(
            "SELECT count(*) AS rows, coalesce(sum(\(hash(table))), 0) AS sum FROM ONLY \(table.identifier) t"
        )
        return Fingerprint(rows: rows.first?.integer("rows") ?? 0, sum: rows.first?.text("sum") ?? "")
    }

    /// Names rows that differ, by their keys: rows are put into buckets by the hash of their key, and only buckets that
    /// differ are looked at.
    func examples(
        _ table: SourceTable,
        _ source: PostgresConnection,
        _ target: PostgresConnection
    ) async throws -> [String] {
        guard !table.key.isEmpty else { return [] }
        let columns = table.key.map { name -> Statement in "t.\(identifier: name)" }
        let key: Statement = "ROW(\(Statement.joined(columns, separator: ", ")))::text"
        let bucket: Statement = "(hashtextextended(\(key), 0) & 1023)"
        let buckets: Statement = """
            SELECT \(bucket) AS bucket, sum(\(hash(table))) AS sum FROM ONLY \(table.identifier) t GROUP BY 1
            """
        let ours = Self.pairs(try await source.query(buckets), "bucket", "sum")
        let theirs = Self.pairs(try await target.query(buckets), "bucket", "sum")
        let different = Set(ours.keys).union(theirs.keys).filter { ours[$0] != theirs[$0] }.compactMap { Int($0) }
            .sorted()
        guard !different.isEmpty else { return [] }
        let list = Statement.joined(different.prefix(8).map { "\($0)" }, separator: ", ")
        let rows: Statement = """
            SELECT \(key) AS key, \(hash(table)) AS hash FROM ONLY \(table.identifier) t
            WHERE \(bucket) IN (\(list)) ORDER BY 1 LIMIT 100000
            """
        let left = Self.pairs(try await source.query(rows), "key", "hash")
        let right = Self.pairs(try await target.query(rows), "key", "hash")
        var result: [String] = []
        for key in Set(left.keys).union(right.keys).sorted() where left[key] != right[key] {
            result.append("\(right[key] == nil ? "missing" : left[key] == nil ? "extra" : "different") \(key)")
        }
        return Array(result.prefix(10))
    }

    private static func pairs(_ rows: [Row], _ key: String, _ value: String) -> [String: String] {
        Dictionary(rows.map { ($0.text(key), $0.text(value)) }) { first, _ in first }
    }
}
