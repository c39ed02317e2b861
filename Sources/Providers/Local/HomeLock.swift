import Glibc

/// The right to change one home; one process at a time has it, and it ends with the process, however that ends.
package final class HomeLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or says who has it.
    ///
    /// - Parameter patience: How long to wait for another pgsteer to be done.
    ///
    /// The kernel frees a lock of `flock` when its process is gone. The descriptor is closed in child processes, so
    /// that a server that was started does not keep it.
    package init(home: LocalHome, purpose: String, patience: Duration = .zero) async throws(ProviderError) {
        let files = home.path
        if access(files, F_OK) != 0 { try Self.makeHome(files) }
        let descriptor = open(home.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ProviderError(
                "could not open \(home.lock): \(String(cString: strerror(errno)))",
                help: "check who owns the folder, or choose another one with --home"
            )
        }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(100))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder =
                LocalFiles.text(home.lock)?.split(separator: "\n").first.map(String.init) ?? "an unknown process"
            close(descriptor)
            throw ProviderError(
                "another pgsteer is at work in \(files): \(holder)",
                help: "wait until it is done, or add --lock-timeout SECONDS; only one may change a home at a time"
            )
        }
        let holder = "\(purpose), process \(getpid()), user \(SystemUser.caller.name)\n"
        ftruncate(descriptor, 0)
        _ = Array(holder.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static func makeHome(_ path: String) throws(ProviderError) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            // Servers run as another user and must be able to pass through.
            guard mkdir(made, 0o755) == 0 || errno == EEXIST || errno == EROFS else {
                throw ProviderError(
                    "could not make the folder \(made): \(String(cString: strerror(errno)))",
                    help: "choose another home with --home"
                )
            }
        }
    }
}
