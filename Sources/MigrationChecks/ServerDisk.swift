import Glibc
package import PostgresClient
import SQL

/// The disk of a server that runs on this host.
package enum ServerDisk {
    /// Free and all bytes of the disk with a folder inside the server's data; nil for a server on another host, and where
    /// the account may not be told where the data is.
    ///
    /// - Parameter folder: Such as `pg_wal`, which is often on a disk of its own; nil for the data itself.
    package static func room(
        of connection: PostgresConnection,
        in folder: String? = nil
    ) async -> (free: Int, size: Int)? {
        let host = await connection.place.host
        let isHere = host.hasPrefix("/") || ["localhost", "127.0.0.1", "::1"].contains(host)
        guard isHere, let data = try? await connection.query("SHOW data_directory").first?["data_directory"],
            access(data + "/PG_VERSION", F_OK) == 0
        else { return nil }
        var status = statvfs()
        guard statvfs(folder.map { "\(data)/\($0)" } ?? data, &status) == 0 else { return nil }
        let unit = Int(status.f_frsize)
        return (Int(status.f_bavail) * unit, Int(status.f_blocks) * unit)
    }
}
