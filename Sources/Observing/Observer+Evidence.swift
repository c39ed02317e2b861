import FleetModel
import PostgresClient
package import Resources
import SQL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Observer {
    /// Asks a server who may have changed something, as far as our role may know; only reads. What cannot be asked becomes a
    /// gap with its reason, never an error.
    ///
    /// - Parameters:
    ///   - databases: Where `pg_stat_statements` is looked for, besides the database that we connect to.
    ///   - log: The end of the server's log, where it is on this host; nil to ask the server for it.
    package func evidence(of name: String, databases: [String], log: String?) async -> ChangeEvidence {
        var evidence = ChangeEvidence(log: log ?? "")
        do {
            try await openReader(name)
                .closing { connection in
                    let rights = try await connection.query(Self.rights).first
                    evidence.role = rights?.text("role") ?? ""
                    let logged = rights?.text("log_statement") ?? ""
                    if !["ddl", "all", "mod"].contains(logged) { evidence.gaps.append("log_statement is \(logged)") }
                    if log == nil {
                        do { evidence.log = try await Self.log(rights, connection) } catch let gap as Gap {
                            evidence.gaps.append(gap.reason)
                        }
                    }
                    evidence.sessions = try await connection.query(ChangeEvidence.Session.observation)
                        .map(ChangeEvidence.Session.init)
                    if evidence.sessions.contains(where: { $0.statement == nil }) {
                        evidence.gaps.append(
                            "what others send is not shown to \(evidence.role); pg_read_all_stats shows it"
                        )
                    }
                    do {
                        evidence.statements = try await statements(name, connection, databases)
                    } catch let gap as Gap {
                        evidence.gaps.append(gap.reason)
                    }
                }
        } catch {
            // What could be done about it stands in its other lines, and is told where it is the matter.
            let reason = "\(error)".prefix { !$0.isNewline }
            evidence.gaps.append("the server could not be asked: \(reason)")
        }
        return evidence
    }

    /// Why something cannot be told.
    private struct Gap: Error { var reason: String }

    private static let rights: Statement = """
        SELECT session_user AS role, current_setting('log_statement') AS log_statement,
            current_setting('logging_collector') AS collector, current_setting('log_destination') AS destination,
            has_function_privilege('pg_current_logfile(text)', 'EXECUTE')
                AND has_function_privilege('pg_stat_file(text)', 'EXECUTE')
                AND has_function_privilege('pg_read_binary_file(text, bigint, bigint)', 'EXECUTE') AS reads_log
        """

    /// The last mebibyte of the log.
    private static func log(_ rights: Row?, _ connection: PostgresConnection) async throws -> String {
        guard let rights, rights.text("collector") == "on" else {
            throw Gap(reason: "the server's log cannot be read through it (logging_collector is off)")
        }
        guard rights.text("destination").contains("stderr") else {
            throw Gap(reason: "the server's log is no text (log_destination is \(rights.text("destination")))")
        }
        guard rights.isTrue("reads_log") else {
            let role = rights.text("role")
            throw Gap(
                reason: "\(role) may not read the server's log (pg_current_logfile, pg_stat_file, pg_read_binary_file)"
            )
        }
        do throws(PostgresError) {
            // Bytes, because the first of them may be in the middle of a letter.
            let rows = try await connection.query(
                """
                SELECT encode(pg_read_binary_file(f, greatest(0, (pg_stat_file(f)).size - 1048576), 1048576), 'base64') AS text
                FROM pg_current_logfile('stderr') f WHERE f IS NOT NULL
                """
            )
            let data = Data(base64Encoded: rows.first?.text("text") ?? "", options: .ignoreUnknownCharacters)
            return String(decoding: data ?? Data(), as: UTF8.self)
        } catch {
            throw Gap(reason: "the server's log could not be read: \(error.message)")
        }
    }

    /// What the extension counts; it counts for all databases, wherever it is looked at.
    private func statements(
        _ name: String,
        _ connection: PostgresConnection,
        _ databases: [String]
    ) async throws -> [ChangeEvidence.Counted] {
        if let found = try await Self.statements(connection) { return found }
        for database in databases {
            guard let other = try? await openReader(name, database: database) else { continue }
            if let found = try await other.closing(after: { try await Self.statements($0) }) { return found }
        }
        throw Gap(reason: "pg_stat_statements is in no database that was looked at")
    }

    private static func statements(_ connection: PostgresConnection) async throws -> [ChangeEvidence.Counted]? {
        do throws(PostgresError) {
            guard let schema = try await connection.query(ChangeEvidence.Counted.place).first?.text("schema") else {
                return nil
            }
            return try await connection.query(ChangeEvidence.Counted.observation(schema: schema))
                .map(ChangeEvidence.Counted.init)
        } catch {
            throw Gap(reason: "pg_stat_statements could not be read: \(error.message)")
        }
    }
}
