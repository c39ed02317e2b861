package import Backups
import SideEffects

/// Hands out what is kept, as files that other programs take.
extension LocalProvider {
    /// Writes a base backup as one tar; goes on where an earlier attempt ended.
    ///
    /// The tar of a backup is always the same, byte for byte, so what is there of it already is the beginning.
    package func download(_ id: String, of name: String, instanceID: String, to path: String) async throws {
        let folder = home.archive(of: name, id: instanceID)
        let partial = path + ".part"
        let script = """
            set -eu
            there=$(stat -c %s "$2" 2>/dev/null || echo 0)
            tar --create --sort=name --numeric-owner --directory="$1" "$3" | tail -c +$((there + 1)) >>"$2"
            sync "$2"
            """
        files.effects.willPerform("write \(partial)")
        let result = try await ChildProcess.run("/bin/sh", ["-c", script, "download", folder.backups, partial, id])
        guard result.isSuccess else {
            throw ProviderError(
                "the backup \(id) of \(name) could not be written to \(path)",
                help: "what is there stays, and the same command goes on with it",
                log: result.errors.split(separator: "\n").suffix(4).map(String.init)
            )
        }
        try files.move(partial, to: path)
    }

    /// Writes files of the log into a folder, each complete or not at all; returns how many were not there yet.
    package func download(_ segments: [LogSegment], of archive: ObservedArchive, to path: String) async throws -> Int {
        let log = home.archive(of: archive.instance, id: archive.instanceID).log
        try files.makeFolder(path, mode: 0o700)
        var count = 0
        for segment in segments where !LocalFiles.exists("\(path)/\(segment)") {
            files.effects.willPerform("write \(path)/\(segment)")
            let result = try await ChildProcess.run(
                "/bin/sh",
                [
                    "-c", "set -eu; gzip -d -c \"$1\" >\"$2.part\"; mv \"$2.part\" \"$2\"", "download",
                    "\(log)/\(segment).gz", "\(path)/\(segment)",
                ]
            )
            guard result.isSuccess else {
                throw ProviderError(
                    "\(segment) of \(archive.instance) could not be written to \(path)",
                    help: "what is there stays, and the same command goes on with the rest",
                    log: result.errors.split(separator: "\n").suffix(4).map(String.init)
                )
            }
            count += 1
        }
        return count
    }
}
