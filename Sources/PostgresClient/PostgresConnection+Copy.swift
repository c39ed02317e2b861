import CLibPQ
import Glibc
package import SQL

extension PostgresConnection {
    /// What a COPY moved.
    package struct CopyCount: Sendable, Equatable {
        package var rows = 0
        package var bytes = 0
    }

    /// How many bytes are collected before they are sent on; one message a row costs more.
    private static let batchSize = 64 << 10

    /// Sends what one COPY ... TO STDOUT gives into the COPY ... FROM STDIN of another connection, without looking into it.
    ///
    /// Blocks this connection's thread, never the cooperative pool; a slow receiver slows the sender down, so that no
    /// more than one batch is ever held.
    ///
    /// - Parameters:
    ///   - receiver: Opened beside this connection: libpq lets one thread at a time use a connection.
    ///   - progress: Told the bytes of each batch, and how many messages they came in, which is the rows but for one or two
    ///     at the ends; returns false when the copy is to stop, which throws `CancellationError` and leaves both transactions
    ///     failed.
    package func copy(
        _ out: Statement,
        into receiver: PostgresConnection,
        _ into: Statement,
        progress: @Sendable (_ bytes: Int, _ rows: Int) -> Bool
    ) throws -> CopyCount {
        precondition(receiver.executor === executor, "the receiver must be opened beside the sender")
        guard let handle else { throw PostgresError(message: "the connection is closed", statement: out.shown) }
        // Both actors run on one thread, which the compiler cannot know.
        nonisolated(unsafe) let source = handle
        try Self.begin(out, PGRES_COPY_OUT, source)
        // Where this throws, the sender is in the middle of its COPY; who gets the error closes both.
        return try receiver.assumeIsolated { receiver in
            guard let target = receiver.handle else {
                throw PostgresError(message: "the connection is closed", statement: into.shown)
            }
            try Self.begin(into, PGRES_COPY_IN, target)
            return try Self.move(out, from: source, into, to: target, progress)
        }
    }

    private static func begin(_ statement: Statement, _ expected: ExecStatusType, _ handle: OpaquePointer) throws {
        guard let result = PQexec(handle, statement.text) else {
            throw PostgresError(message: String(cString: PQerrorMessage(handle)).trimmed, statement: statement.shown)
        }
        defer { PQclear(result) }
        guard PQresultStatus(result) == expected else {
            throw error(of: result, statement: statement, handle: handle)
        }
    }

    private static func move(
        _ out: Statement,
        from source: OpaquePointer,
        _ into: Statement,
        to target: OpaquePointer,
        _ progress: (Int, Int) -> Bool
    ) throws -> CopyCount {
        var batch = Batch(target: target, statement: into)
        defer { batch.free() }
        while true {
            var row: UnsafeMutablePointer<CChar>?
            let length = Int(PQgetCopyData(source, &row, 0))
            guard length > 0, let row else { break }
            defer { PQfreemem(row) }
            try batch.add(row, length, progress)
        }
        // What the sender says last: an error in the middle of its rows must not end the receiver's COPY well.
        do {
            _ = try finish(out, source)
        } catch {
            _ = PQputCopyEnd(target, "the source failed")
            throw error
        }
        try batch.send(progress)
        guard PQputCopyEnd(target, nil) == 1 else {
            throw PostgresError(message: String(cString: PQerrorMessage(target)).trimmed, statement: into.shown)
        }
        return CopyCount(rows: try finish(into, target), bytes: batch.sent)
    }

    /// Rows on their way into a receiver's COPY, many to a message.
    private struct Batch {
        private let target: OpaquePointer
        private let statement: Statement
        private let bytes = UnsafeMutableRawPointer.allocate(byteCount: batchSize, alignment: 16)
        private var filled = 0
        private var rows = 0
        /// The bytes that have been sent.
        private(set) var sent = 0

        init(target: OpaquePointer, statement: Statement) {
            self.target = target
            self.statement = statement
        }

        func free() { bytes.deallocate() }

        mutating func add(_ row: UnsafeMutablePointer<CChar>, _ length: Int, _ progress: (Int, Int) -> Bool) throws {
            if filled + length > batchSize { try send(progress) }
            rows += 1
            // One that is longer than a batch goes alone.
            guard length <= batchSize else { return try put(row, length, progress) }
            (bytes + filled).copyMemory(from: row, byteCount: length)
            filled += length
        }

        /// Sends what has been collected.
        mutating func send(_ progress: (Int, Int) -> Bool) throws {
            if filled == 0 { return }
            let length = filled
            filled = 0
            try put(bytes, length, progress)
        }

        private mutating func put(_ start: UnsafeRawPointer, _ length: Int, _ progress: (Int, Int) -> Bool) throws {
            sent += length
            guard PQputCopyData(target, start.assumingMemoryBound(to: CChar.self), Int32(length)) == 1 else {
                throw PostgresError(
                    message: String(cString: PQerrorMessage(target)).trimmed,
                    statement: statement.shown
                )
            }
            guard progress(length, rows) else {
                _ = PQputCopyEnd(target, "stopped")
                throw CancellationError()
            }
            rows = 0
        }
    }

    /// Reads the results that end a COPY, and returns how many rows it had.
    private static func finish(_ statement: Statement, _ handle: OpaquePointer) throws -> Int {
        var rows = 0
        var failure: PostgresError?
        while let result = PQgetResult(handle) {
            defer { PQclear(result) }
            if PQresultStatus(result) == PGRES_COMMAND_OK {
                rows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
            } else {
                failure = error(of: result, statement: statement, handle: handle)
                if PQresultStatus(result) == PGRES_COPY_IN || PQresultStatus(result) == PGRES_COPY_OUT { break }
            }
        }
        if let failure { throw failure }
        return rows
    }
}
