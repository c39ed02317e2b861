import Glibc

/// The right to make, check and remove the backups of one instance; it ends with its process, however that ends.
///
/// Not the home's lock: a backup may take hours, and everything else goes on meanwhile.
final class BackupLock: Sendable {
    private let descriptor: Int32

    init(_ folder: ArchiveFolder, instance: String) throws(ProviderError) {
        let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ProviderError("could not open \(folder.lock): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ProviderError(
                "another pgsteer makes, checks or removes a backup of \(instance) now",
                help: "wait until it is done"
            )
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
