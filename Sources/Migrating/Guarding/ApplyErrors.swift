import PostgresClient
import SQL

/// Why the target could not apply a change: only its server's log has the error's words.
package enum ApplyErrors {
    /// How much of the log's end is looked at, in bytes.
    private static let window = 65_536

    /// The last error of a subscription in a piece of a server's log; nil when there is none.
    ///
    /// PostgreSQL 15 and later add a context to each such error that names the subscription's replication origin.
    package static func last(in log: String, origin: String) -> String? {
        var error: Substring?
        var found: String?
        for line in log.split(separator: "\n") {
            if let range = line.firstRange(of: "ERROR:  ") {
                error = line[range.upperBound...]
            } else if let message = error, line.contains("\"\(origin)\""), line.contains("CONTEXT:") {
                found = String(message)
                error = nil
            }
        }
        return found
    }

    /// Reads the end of the target's log; nil where its server keeps none that can be read by SQL, or may not be asked.
    static func last(of subscription: Int, _ target: PostgresConnection) async -> String? {
        let rows = try? await target.query(
            """
            SELECT encode(pg_read_binary_file(f.name, greatest(0, s.size - \(window)), \(window)), 'hex') AS text
            FROM (SELECT pg_current_logfile('stderr') AS name) f CROSS JOIN LATERAL pg_stat_file(f.name) s
            WHERE f.name IS NOT NULL
            """
        )
        guard let text = rows?.first?["text"] else { return nil }
        return last(in: decoded(text), origin: "pg_\(subscription)")
    }

    /// Letters that the beginning of the piece cut in half are replaced.
    private static func decoded(_ hex: String) -> String {
        let digits = Array(hex.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        func value(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit - 0x30 : digit - 0x57 }
        for index in stride(from: 0, to: digits.count - 1, by: 2) {
            bytes.append(value(digits[index]) << 4 | value(digits[index + 1]))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
