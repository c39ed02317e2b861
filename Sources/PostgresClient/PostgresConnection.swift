import CLibPQ
package import SQL

/// One session with a server.
///
/// An actor on a thread of its own, because libpq allows one thread at a time on a connection (PostgreSQL manual,
/// section 34.20) and blocks while it waits.
package actor PostgresConnection {
    nonisolated let executor: SerialQueueExecutor
    package nonisolated let target: ConnectionTarget
    private(set) var handle: OpaquePointer?
    private let beforeWrite: (@Sendable (Statement) -> Void)?
    private let warnings = Warnings()

    /// What the server warned of; filled by libpq on the connection's own thread, within a call.
    private final class Warnings {
        var texts: [String] = []

        /// Keeps what says that a privilege was not given or taken: 01007, 01006, and memberships that somebody else gave.
        func add(_ result: OpaquePointer) {
            func field(_ code: Int32) -> String { PQresultErrorField(result, code).map { String(cString: $0) } ?? "" }
            let state = field(pgsteer_diag_sqlstate)
            let message = field(pgsteer_diag_message)
            let isNoOp = state == "01006" || state == "01007" || message.contains("has not been granted membership")
            if isNoOp { texts.append(message) }
        }
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(
        target: ConnectionTarget,
        beforeWrite: (@Sendable (Statement) -> Void)?,
        executor: SerialQueueExecutor = SerialQueueExecutor()
    ) {
        self.target = target
        self.beforeWrite = beforeWrite
        self.executor = executor
    }

    isolated deinit {
        if let handle { PQfinish(handle) }
    }

    /// Connects and pins what a session must not inherit from the server's or the role's settings.
    ///
    /// - Parameters:
    ///   - beforeWrite: Told each statement right before ``execute(_:)`` sends it.
    ///   - first: A query that is sent before anything is pinned, for who wants to know what new sessions start with. All
    ///     its names must be qualified. Its rows are ``firstRows``.
    package static func open(
        _ target: ConnectionTarget,
        beforeWrite: (@Sendable (Statement) -> Void)? = nil,
        first: Statement? = nil
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(target: target, beforeWrite: beforeWrite)
        try await connection.connect(first)
        return connection
    }

    /// Connects on the thread of another connection, so that rows can go from one to the other without changing threads.
    package static func open(
        _ target: ConnectionTarget,
        beside other: PostgresConnection,
        beforeWrite: (@Sendable (Statement) -> Void)? = nil
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(target: target, beforeWrite: beforeWrite, executor: other.executor)
        try await connection.connect(nil)
        return connection
    }

    /// Runs a body with a connection that is closed afterwards, also when the body throws.
    package static func with<Result: Sendable>(
        _ target: ConnectionTarget,
        beforeWrite: (@Sendable (Statement) -> Void)? = nil,
        body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await open(target, beforeWrite: beforeWrite).closing(after: body)
    }

    /// Runs a body with this connection and closes it, also when the body throws.
    package nonisolated func closing<Result: Sendable>(
        after body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body(self)
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }

    /// The server's version as PostgreSQL counts it: 150018 for 15.18.
    package var serverVersion: Int { handle.map { Int(PQserverVersion($0)) } ?? 0 }

    /// Whether the session may do everything; the server tells it by itself.
    package var isSuperuser: Bool {
        handle.flatMap { PQparameterStatus($0, "is_superuser") }.map { String(cString: $0) } == "on"
    }

    /// The server that was reached: a host name, an address or a folder of a Unix socket, and a port.
    package var place: (host: String, port: Int) {
        guard let handle else { return ("", 0) }
        return (String(cString: PQhost(handle)), Int(String(cString: PQport(handle))) ?? 0)
    }

    /// Whether the server asked for a password.
    package var hasUsedPassword: Bool { handle.map { PQconnectionUsedPassword($0) == 1 } ?? false }

    /// Sends a statement that reads, and returns its rows.
    package func query(_ statement: Statement) throws(PostgresError) -> [Row] {
        try send(statement)
    }

    /// Sends a statement that changes something on the server.
    ///
    /// A GRANT or REVOKE that had no effect is an error here, though PostgreSQL only warns of it.
    package func execute(_ statement: Statement) throws(PostgresError) {
        beforeWrite?(statement)
        warnings.texts = []
        _ = try send(statement)
        if let warning = warnings.texts.first {
            throw PostgresError(sqlState: PostgresError.noEffect, message: warning, statement: statement.shown)
        }
    }

    /// Sends several statements that change something, as one text: one transaction, unless the text says otherwise.
    package func execute(script: Statement) throws(PostgresError) {
        beforeWrite?(script)
        _ = try send(script, simple: true)
    }

    /// Closes the session; further statements throw.
    package func close() {
        if let handle { PQfinish(handle) }
        handle = nil
    }

    /// What was asked before anything was pinned.
    package private(set) var firstRows: [Row] = []

    /// Names are looked up in PostgreSQL's own schema alone; nothing waits for ever; a server whose sessions only read
    /// can be written to all the same; small queries are not compiled.
    private static let pins: Statement = """
        SET ROLE NONE; SET search_path TO pg_catalog; SET lock_timeout TO '10s'; SET statement_timeout TO '5min';
        SET default_transaction_read_only TO off; SET default_transaction_isolation TO 'read committed';
        SET idle_in_transaction_session_timeout TO 0; SET idle_session_timeout TO 0;
        SET standard_conforming_strings TO on; SET quote_all_identifiers TO off; SET array_nulls TO on;
        SET client_encoding TO 'UTF8'; SET DateStyle TO 'ISO'; SET IntervalStyle TO 'postgres'; SET jit TO off
        """
    /// PostgreSQL 17 and later.
    private static let newerPins: Statement = "SET transaction_timeout TO 0"

    /// What libpq says of a connection that did not come about, as one line: each address that was tried, and not libpq's own
    /// questions to the reader, which begin with a tab.
    private static func sentence(of message: String) -> String {
        message.split(separator: "\n").filter { !$0.hasPrefix("\t") }.map { String($0).trimmed }.joined(separator: "; ")
    }

    private func connect(_ first: Statement?) throws(PostgresError) {
        let pairs = target.keywords
        let opened = withCStrings(pairs.map(\.0)) { keywords in
            withCStrings(pairs.map(\.1)) { values in PQconnectdbParams(keywords, values, target.expandsDatabase ? 1 : 0)
            }
        }
        guard let opened else { throw PostgresError(message: "libpq has no memory for a connection") }
        guard PQstatus(opened) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(opened))
            PQfinish(opened)
            throw PostgresError(message: Self.sentence(of: message))
        }
        handle = opened
        // Notices would go to stderr, into the middle of what this program prints.
        _ = PQsetNoticeReceiver(
            opened,
            { warnings, result in
                guard let warnings, let result else { return }
                Unmanaged<Warnings>.fromOpaque(warnings).takeUnretainedValue().add(result)
            },
            Unmanaged.passUnretained(warnings).toOpaque()
        )
        if let first { firstRows = try send(first) }
        _ = try send(Self.pins, simple: true)
        if serverVersion >= 170_000 { _ = try send(Self.newerPins) }
        // Not when connecting: that would hide what new sessions of the server start with.
        if !target.waitsForStandby { _ = try send("SET synchronous_commit TO local") }
    }

    private func send(_ statement: Statement, simple: Bool = false) throws(PostgresError) -> [Row] {
        guard let handle else { throw PostgresError(message: "the connection is closed", statement: statement.shown) }
        let result: OpaquePointer?
        if simple || target.isReplication {
            result = PQexec(handle, statement.text)
        } else {
            result = withOptionalCStrings(statement.parameters) { values in
                PQexecParams(handle, statement.text, Int32(statement.parameters.count), nil, values, nil, nil, 0)
            }
        }
        guard let result else {
            throw PostgresError(message: String(cString: PQerrorMessage(handle)).trimmed, statement: statement.shown)
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK: return rows(of: result)
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return []
        default: throw Self.error(of: result, statement: statement, handle: handle)
        }
    }

    private func rows(of result: OpaquePointer) -> [Row] {
        let width = PQnfields(result)
        var columns: [String: Int] = [:]
        for column in 0..<width { columns[String(cString: PQfname(result, column))] = Int(column) }
        return (0..<PQntuples(result))
            .map { row in
                Row(
                    columns: columns,
                    values: (0..<width)
                        .map { column in
                            PQgetisnull(result, row, column) == 1
                                ? nil : String(cString: PQgetvalue(result, row, column))
                        }
                )
            }
    }

    static func error(of result: OpaquePointer, statement: Statement, handle: OpaquePointer) -> PostgresError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        return PostgresError(
            sqlState: field(pgsteer_diag_sqlstate),
            message: field(pgsteer_diag_message) ?? String(cString: PQerrorMessage(handle)).trimmed,
            detail: field(pgsteer_diag_detail),
            hint: field(pgsteer_diag_hint),
            statement: statement.shown
        )
    }
}
