import Glibc
import SideEffects
import SystemPackage

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A file whose text is replaced at once: a reader sees the old text or the new one.
struct ReplacedFile {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let path: String

    /// Writes the new text where the old one still stands; mode and owner stay, and so does a link that leads there.
    func write(_ bytes: [UInt8], instead old: [UInt8], _ effects: SideEffectCounter) throws {
        guard let resolved = realpath(path, nil) else { throw failure("find", Errno(rawValue: errno)) }
        defer { free(resolved) }
        let target = String(cString: resolved)
        guard let data = try? Data(contentsOf: URL(filePath: target)), Array(data) == old else {
            throw Failure(description: "\(path) was changed by somebody else meanwhile; nothing was written to it")
        }
        effects.willPerform("write \(path)")
        let temporary = FilePath("\(target).pgsteer-\(getpid())")
        do {
            try fill(temporary, with: bytes, as: target)
        } catch let problem as Errno {
            unlink(temporary.string)
            throw failure("write", problem)
        }
        guard rename(temporary.string, target) == 0 else {
            let problem = Errno(rawValue: errno)
            unlink(temporary.string)
            throw failure("write", problem)
        }
    }

    private func fill(_ temporary: FilePath, with bytes: [UInt8], as target: String) throws {
        var status = stat()
        guard stat(target, &status) == 0 else { throw Errno(rawValue: errno) }
        let file = try FileDescriptor.open(
            temporary,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            _ = try file.writeAll(bytes)
            // Only root can give a file away; who cannot, owns what they wrote.
            _ = fchown(file.rawValue, status.st_uid, status.st_gid)
            guard fchmod(file.rawValue, status.st_mode & 0o7777) == 0, fsync(file.rawValue) == 0 else {
                throw Errno(rawValue: errno)
            }
        }
    }

    private func failure(_ verb: String, _ problem: Errno) -> Failure {
        Failure(description: "could not \(verb) \(path): \(problem); it is as it was")
    }
}
