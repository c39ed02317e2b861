import Glibc

/// The right to change one home; one process at a time has it, and it ends with the process, however that ends.
package final class HomeLock: Sendable {
    private let lock: FileLock

    /// What the loop says that it has the lock for.
    package static let loopPurpose = "run"
    /// The loop has the lock only while it acts, so whoever comes meanwhile waits and does not fail.
    private static let patienceWithLoop = Duration.seconds(120)

    /// Takes the lock, or says who has it.
    ///
    /// - Parameter patience: How long to wait for another pgsteer to be done.
    package init(home: LocalHome, purpose: String, patience: Duration = .zero) async throws(ProviderError) {
        let files = home.path
        if access(files, F_OK) != 0 { try Self.makeHome(files) }
        lock = try FileLock(home.lock)
        let start = ContinuousClock.now
        while !lock.take(for: purpose) {
            let isLoop = lock.holder.hasPrefix(Self.loopPurpose + ",")
            guard ContinuousClock.now < start + (isLoop ? max(patience, Self.patienceWithLoop) : patience) else {
                throw ProviderError(
                    "another pgsteer is at work in \(files): \(lock.holder)",
                    help: "wait until it is done, or add --lock-timeout SECONDS; only one may change a home at a time"
                )
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Who has the lock, or had it last: `apply, process 17, user root`.
    package static func holder(of home: LocalHome) -> String? {
        LocalFiles.text(home.lock)?.split(separator: "\n").first.map(String.init)
    }

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
