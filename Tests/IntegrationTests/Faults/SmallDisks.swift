import Glibc
import TestSupport
import Testing

/// Disks of a few megabytes, in memory, mounted over folders of a home.
final class SmallDisks {
    private var folders: [String] = []

    /// Whether this process may mount anything.
    static var areAllowed: Bool {
        get async {
            guard geteuid() == 0 else { return false }
            let name = "/tmp/pgs-disk-\(getpid())"
            let said = try? await Shell.run(
                "mkdir -p \(name) && mount -t tmpfs -o size=1m tmpfs \(name) && umount \(name) && echo yes; rmdir \(name)"
            )
            return said?.hasPrefix("yes") ?? false
        }
    }

    /// Puts a disk of a size in place of a folder, empty, with the folder's owner and mode.
    func mount(over folder: String, kibibytes: Int) async throws {
        let said = try await Shell.run(
            "mount -t tmpfs -o size=\(kibibytes)k,$(stat -c mode=%a,uid=%u,gid=%g \(folder)) tmpfs \(folder)"
        )
        try #require(said.isEmpty, "\(said)")
        folders.append(folder)
    }

    /// Lets every disk be large.
    func grow() async throws {
        for folder in folders {
            let said = try await Shell.run("rm -f \(folder)/filler; mount -o remount,size=1g \(folder)")
            try #require(said.isEmpty, "\(said)")
        }
    }

    /// Fills every disk to the last byte.
    func fill() async throws {
        for folder in folders { _ = try await Shell.run("cat /dev/zero >\(folder)/filler 2>/dev/null; true") }
    }

    /// Ends what works on the disks, and takes them away.
    func close(_ home: TemporaryHome) {
        guard !folders.isEmpty else { return }
        Processes.kill(home.processes)
        for folder in folders { system("umount -l '\(folder)'") }
        folders = []
    }
}
