import Backups
import FleetModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The folders and files in which one instance's backups and log are kept; knows names, does nothing.
struct ArchiveFolder: Hashable, Sendable {
    let path: String

    /// What the archive says of itself.
    var record: String { path + "/archive.json" }
    /// What the server calls for each file of its log.
    var script: String { path + "/archive" }
    /// Taken while a backup is made, checked or removed.
    var lock: String { path + "/lock" }
    var log: String { path + "/wal" }
    var backups: String { path + "/base" }
    func backup(_ id: String) -> String { "\(backups)/\(id)" }

    /// What the folder of a backup that is still being made starts with, of one that is unpacked to be checked, and of one
    /// that is being removed.
    static let unfinishedPrefix = ".new-"
    static let checkedPrefix = ".verify-"
    static let removedPrefix = ".removed-"
}

extension LocalHome {
    func archives(of instance: String) -> String { "\(backups)/\(instance)" }

    /// The archive of an instance, by the instance's own id: one that is made anew under the same name has another log.
    func archive(of instance: String, id: String) -> ArchiveFolder {
        ArchiveFolder(path: "\(archives(of: instance))/\(id)")
    }
}

/// `archive.json`: what an archive says of itself, also when its instance is gone.
struct ArchiveRecord: Codable, Hashable, Sendable {
    var formatVersion = "1"
    var instance: String
    var id: String
    /// When the instance was removed; seconds since 1970-01-01T00:00:00Z.
    var removed: Int?
    /// That the last attempt to make a backup failed.
    var failure: BackupFailure?
    /// What came out when a restore was last tried.
    var drill: DrillResult?

    init(instance: String, id: String) {
        self.instance = instance
        self.id = id
    }

    init?(_ text: String) {
        guard let record = try? JSONDecoder().decode(ArchiveRecord.self, from: Data(text.utf8)) else { return nil }
        self = record
    }

    var text: String { JSONFile.text(self) }
}

/// JSON as files of a home have it: keys sorted, one a line.
enum JSONFile {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("a record is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

/// What a server calls to keep a file of its log, and to get it back (PostgreSQL manual, section 26.3.1).
///
/// A plain shell script in the archive: it works wherever pgsteer is, and whether pgsteer is there at all.
enum ArchiveScript {
    /// The text of the script: `archive PATH NAME`.
    ///
    /// A file appears under its name when it is complete and on the disk. One that is there with the same content is
    /// success, since a server that died may not know that it has archived it; another content is never written over.
    static func text(log: String) -> String {
        """
        #!/bin/sh
        # Written by pgsteer; what is changed here by hand is lost.
        # archive PATH NAME: keeps a file of the write-ahead log, complete or not at all.
        set -eu
        folder=\(quoted(log))
        case $2 in
        *.history | *.backup)
            kept="$folder/$2"
            pack() { cat; }
            unpack() { cat; } ;;
        *)
            kept="$folder/$2.gz"
            pack() { gzip -1 -n -c; }
            unpack() { gzip -d -c; } ;;
        esac
        if [ -e "$kept" ]; then
            unpack <"$kept" | cmp -s - "$1" && exit 0
            echo "pgsteer: $kept is there with another content and is not written over" >&2
            exit 1
        fi
        new="$folder/.new-$2-$$"
        trap 'rm -f "$new"' EXIT
        pack <"$1" >"$new"
        sync "$new"
        mv "$new" "$kept"
        sync "$folder"

        """
    }

    static func commands(_ folder: ArchiveFolder) -> ArchiveCommands {
        ArchiveCommands(
            keeping: "/bin/sh \(escaped(quoted(folder.script))) \"%p\" \"%f\"",
            passing: "/bin/true"
        )
    }

    /// Returns the command that brings a file of the log back.
    static func restoreCommand(log: String) -> String {
        let kept = escaped(quoted(log)) + "/\"%f\""
        return "if [ -e \(kept).gz ]; then gzip -d -c \(kept).gz >\"%p\"; else test -e \(kept) && cp \(kept) \"%p\"; fi"
    }

    /// POSIX shell: nothing is special between single quotes but the quote itself.
    private static func quoted(_ path: String) -> String { "'" + path.replacing("'", with: "'\\''") + "'" }

    /// PostgreSQL replaces what follows a percent sign.
    private static func escaped(_ text: String) -> String { text.replacing("%", with: "%%") }
}
