import Glibc

/// A right that one process at a time has, and that ends with the process, however that ends.
///
/// The kernel frees a lock of `flock` when its process is gone. The descriptor is closed in child processes, so that a
/// server that was started does not keep it.
package final class FileLock: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens the file, and makes it when it is not there; nothing is locked yet.
    package init(_ path: String) throws(ProviderError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        self.path = path
        guard descriptor >= 0 else {
            throw ProviderError(
                "could not open \(path): \(String(cString: strerror(errno)))",
                help: "check who owns the folder, or choose another one with --home"
            )
        }
    }

    deinit { close(descriptor) }

    /// Takes the lock, and says in the file for what; false when another process has it.
    package func take(for purpose: String) -> Bool {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        let holder = "\(purpose), process \(getpid()), user \(SystemUser.caller.name)\n"
        ftruncate(descriptor, 0)
        _ = Array(holder.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return true
    }

    /// Takes the lock together with others who share it; false when a process has it alone.
    func takeShared() -> Bool { flock(descriptor, LOCK_SH | LOCK_NB) == 0 }

    /// Who has the lock, or had it last: `apply, process 17, user root`.
    package var holder: String {
        LocalFiles.text(path)?.split(separator: "\n").first.map(String.init) ?? "an unknown process"
    }

    /// Who has the lock of a file at this moment, as it says in the file; nil when nobody has it.
    ///
    /// Read from the kernel's list, without taking it: whoever wants it at that moment is not turned away.
    static func present(_ path: String) -> String? {
        var status = stat()
        guard let holder = LocalFiles.text(path)?.split(separator: "\n").first, stat(path, &status) == 0,
            let locks = LocalFiles.text("/proc/locks")
        else { return nil }
        let isHeld = locks.split(separator: "\n")
            .contains { line in
                // 1: FLOCK ADVISORY WRITE 17 fe:01:4711 0 EOF
                let fields = line.split(separator: " ")
                return fields.count > 5 && fields[1] == "FLOCK" && fields[3] == "WRITE"
                    && fields[5].hasSuffix(":\(status.st_ino)") && holder.contains(" process \(fields[4]),")
            }
        return isHeld ? String(holder) : nil
    }

    /// Whether some process has the lock of a file; takes it for a moment.
    package static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
