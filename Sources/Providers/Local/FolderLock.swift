/// A folder's one right to be changed, such as that of a migration; one process at a time has it, and it ends with the
/// process, however that ends.
package final class FolderLock: Sendable {
    private let lock: FileLock

    /// Takes the lock, or says who has it.
    ///
    /// - Parameters:
    ///   - path: The folder; it is there.
    ///   - patience: How long to wait for another pgsteer to be done.
    package init(_ path: String, purpose: String, patience: Duration = .zero) async throws(ProviderError) {
        lock = try FileLock(Self.file(in: path))
        let start = ContinuousClock.now
        while !lock.take(for: purpose) {
            // Who only looks whether it is held has it for a moment.
            guard ContinuousClock.now < start + max(patience, .milliseconds(200)) else {
                throw ProviderError(
                    "another pgsteer is at work in \(path): \(lock.holder)",
                    help: "wait until it is done; only one at a time may work there"
                )
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Whether a process has the right to change a folder now.
    package static func isHeld(_ path: String) -> Bool { FileLock.isHeld(file(in: path)) }

    private static func file(in path: String) -> String { path + "/lock" }
}
