import Glibc

/// A folder's one right to be changed, such as that of a migration; one process at a time has it, and it ends with the
/// process, however that ends.
package final class HomeLock: Sendable {
    private let lock: FileLock

    /// Takes the lock, or says who has it.
    ///
    /// - Parameter patience: How long to wait for another pgsteer to be done.
    package init(home: LocalHome, purpose: String, patience: Duration = .zero) async throws(ProviderError) {
        let files = home.path
        try Self.makeHome(of: home)
        lock = try FileLock(home.lock)
        let start = ContinuousClock.now
        while !lock.take(for: purpose) {
            // Who only looks whether it is held has it for a moment.
            guard ContinuousClock.now < start + max(patience, .milliseconds(200)) else {
                throw ProviderError(
                    "another pgsteer is at work in \(files): \(lock.holder)",
                    help: "wait until it is done; only one at a time may work there"
                )
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Makes the folder when it is not there.
    static func makeHome(of home: LocalHome) throws(ProviderError) {
        if access(home.path, F_OK) != 0 { try makeHome(home.path) }
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
