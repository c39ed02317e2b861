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
    ///   - progress: Told the bytes of each batch; returns false when the copy is to stop, which throws
    ///     `CancellationError` and leaves both transactions failed.
    package func copy(
        _ out: Statement,
        into receiver: PostgresConnection,
        _ into: Statement,
        progress: @Sendable (Int) -> Bool
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
        _ progress: (Int) -> Bool
    ) throws -> CopyCount {
        let batch = UnsafeMutableRawPointer.allocate(byteCount: batchSize, alignment: 16)
        defer { batch.deallocate() }
        var filled = 0
        var count = CopyCount()
        func put(_ bytes: UnsafeRawPointer, _ length: Int) throws {
            guard length > 0 else { return }
            count.bytes += length
            guard PQputCopyData(target, bytes.assumingMemoryBound(to: CChar.self), Int32(length)) == 1 else {
                throw PostgresError(message: String(cString: PQerrorMessage(target)).trimmed, statement: into.shown)
            }
            guard progress(length) else {
                _ = PQputCopyEnd(target, "stopped")
                throw CancellationError()
            }
        }
        while true {
            var row: UnsafeMutablePointer<CChar>?
            let length = Int(PQgetCopyData(source, &row, 0))
            guard length > 0, let row else { break }
            defer { PQfreemem(row) }
            if length > batchSize {
                try put(batch, filled)
                filled = 0
                try put(row, length)
                continue
            }
            if filled + length > batchSize {
                try put(batch, filled)
                filled = 0
            }
            (batch + filled).copyMemory(from: row, byteCount: length)
            filled += length
        }
        // What the sender says last: an error in the middle of its rows must not end the receiver's COPY well.
        do {
            _ = try finish(out, source)
        } catch {
            _ = PQputCopyEnd(target, "the source failed")
            throw error
        }
        try put(batch, filled)
        guard PQputCopyEnd(target, nil) == 1 else {
            throw PostgresError(message: String(cString: PQerrorMessage(target)).trimmed, statement: into.shown)
        }
        count.rows = try finish(into, target)
        return count
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

    /// How this session was reached, as libpq found it, the password included: what another server needs to get there.
    package var resolvedKeywords: [(keyword: String, value: String)] {
        guard let handle, let options = PQconninfo(handle) else { return [] }
        defer { PQconninfoFree(options) }
        var result: [(String, String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, value.pointee != 0 {
                result.append((String(cString: keyword), String(cString: value)))
            }
            option += 1
        }
        return result
    }
}
