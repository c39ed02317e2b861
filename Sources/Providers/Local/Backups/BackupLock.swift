/// The right to make, check and remove the backups of one instance; it ends with its process, however that ends.
///
/// Not the lock of the instance: a backup may take hours, and everything else goes on meanwhile.
final class BackupLock: Sendable {
    private let lock: FileLock

    /// Takes the right, or says who has it.
    ///
    /// - Parameter purpose: What the holder does, for those who come meanwhile: `backup`.
    init(_ folder: ArchiveFolder, instance: String, for purpose: String) throws(ProviderError) {
        lock = try FileLock(folder.lock)
        guard lock.take(for: purpose) else {
            throw ProviderError(
                "another pgsteer works on the backups of \(instance) now: \(lock.holder)",
                help: "wait until it is done"
            )
        }
    }

    /// Takes the right where nobody has it; else returns nil.
    init?(free folder: ArchiveFolder, for purpose: String) throws(ProviderError) {
        lock = try FileLock(folder.lock)
        guard lock.take(for: purpose) else { return nil }
    }
}
