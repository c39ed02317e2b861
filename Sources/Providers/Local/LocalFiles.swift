package import Glibc
package import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The one hand that changes files: whole files at once, durable, each change counted.
package struct LocalFiles: Sendable {
    let effects: SideEffectCounter

    package init(effects: SideEffectCounter) {
        self.effects = effects
    }

    /// Returns a file's text; nil when it is not there or cannot be read.
    package static func text(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns the last bytes of a file as text; empty when it is not there.
    static func end(of path: String, bytes: Int) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        let start = max(0, size - bytes)
        var buffer = [UInt8](repeating: 0, count: size - start)
        let count = pread(descriptor, &buffer, buffer.count, start)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a folder; empty when it is not there.
    package static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Writes a file so that a reader, and a machine that loses power, sees either the old text or the new one.
    ///
    /// Returns false, and writes nothing, when the file has that text already.
    @discardableResult
    package func write(_ text: String, to path: String, mode: mode_t, owner: SystemUser? = nil) throws(ProviderError)
        -> Bool
    {
        if Self.text(path) == text { return false }
        try write(bytes: Array(text.utf8), to: path, mode: mode, owner: owner)
        return true
    }

    /// The same for what need not be text, and whatever is in the file already.
    package func write(bytes: [UInt8], to path: String, mode: mode_t, owner: SystemUser? = nil) throws(ProviderError) {
        effects.willPerform("write \(path)")
        let temporary = path + ".pgsteer-new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("write", path) }
        let isWritten = bytes.withUnsafeBytes { Self.writeAll($0, to: descriptor) }
        // The mode that was asked for, whatever the umask takes away.
        let isSafe = isWritten && fchmod(descriptor, mode) == 0 && chown(descriptor, owner) && fsync(descriptor) == 0
        let problem = isSafe ? nil : failure("write", path)
        close(descriptor)
        if let problem {
            unlink(temporary)
            throw problem
        }
        guard rename(temporary, path) == 0 else { throw failure("write", path) }
        synchronise(folderOf: path)
    }

    /// Makes an empty file, where the file being there is all that it says.
    func touch(_ path: String, owner: SystemUser?) throws(ProviderError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", path) }
        defer { close(descriptor) }
        guard chown(descriptor, owner) else { throw failure("make", path) }
    }

    /// Makes a folder with everything above it; one that is there stays as it is.
    package func makeFolder(_ path: String, mode: mode_t, owner: SystemUser? = nil) throws(ProviderError) {
        if Self.exists(path) { return }
        let parent = Self.parent(of: path)
        if !Self.exists(parent) { try makeFolder(parent, mode: 0o755, owner: nil) }
        effects.willPerform("make the folder \(path)")
        guard let owner else {
            guard mkdir(path, mode) == 0 || errno == EEXIST, chmod(path, mode) == 0 else { throw failure("make", path) }
            return
        }
        // Under its name only once it is its owner's: whoever is killed in between leaves none that nobody can use.
        let temporary = "\(parent)/.\(path.dropFirst(parent.count + 1)).pgsteer-new"
        guard mkdir(temporary, mode) == 0 || errno == EEXIST, chmod(temporary, mode) == 0,
            Glibc.chown(temporary, owner.id, owner.group) == 0, rename(temporary, path) == 0
        else {
            defer { rmdir(temporary) }
            // Somebody else may have been faster.
            if Self.exists(path) { return }
            throw failure("make", path)
        }
    }

    /// Gives a file or folder another name in the same file system.
    package func move(_ path: String, to other: String) throws(ProviderError) {
        effects.willPerform("rename \(path) to \(other)")
        guard rename(path, other) == 0 else { throw failure("rename", path) }
        synchronise(folderOf: other)
    }

    /// Removes a file or a folder with everything in it; what is not there is no error.
    package func remove(_ path: String) throws(ProviderError) {
        guard Self.exists(path) else { return }
        effects.willPerform("remove \(path)")
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // Somebody who still wrote into it may have added a file behind the walk: once more.
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                if Self.exists(path) { throw ProviderError("could not remove \(path): \(error)") }
            }
        }
    }

    /// Removes a folder that nothing is in; one that has something in it stays.
    func removeIfEmpty(_ path: String) {
        guard Self.exists(path) else { return }
        effects.willPerform("remove \(path) if it is empty")
        rmdir(path)
    }

    /// Returns how much an unprivileged program may still write to the disk of a path; nil when that is not known.
    static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        return statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : nil
    }

    /// The size of all files in a folder, not of those in folders below it.
    static func size(of folder: String) -> Int {
        names(in: folder)
            .reduce(0) { sum, name in
                var status = stat()
                return stat("\(folder)/\(name)", &status) == 0 ? sum + Int(status.st_size) : sum
            }
    }

    /// Returns what to do about a disk that is all but full; nil when there is space.
    static func spaceWarning(at path: String) -> String? {
        guard let bytes = freeBytes(at: path) else { return nil }
        let free = bytes >> 20
        return free < 100 ? "only \(free) MiB are free on the disk of \(path); free some and run it again" : nil
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func chown(_ descriptor: Int32, _ owner: SystemUser?) -> Bool {
        guard let owner else { return true }
        return fchown(descriptor, owner.id, owner.group) == 0
    }

    /// A rename is durable only when its folder is.
    private func synchronise(folderOf path: String) {
        let descriptor = open(Self.parent(of: path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.dropFirst().lastIndex(of: "/") else { return "/" }
        return String(path[..<slash])
    }

    private func failure(_ verb: String, _ path: String) -> ProviderError {
        let reason = String(cString: strerror(errno))
        let help =
            switch errno {
            case ENOSPC, EDQUOT: "free some space on that disk; what was there before is unchanged"
            case EACCES, EPERM: "check who owns the folder, or choose another one with --home"
            default: nil as String?
            }
        return ProviderError("could not \(verb) \(path): \(reason)", help: help)
    }
}
