import CLinux

/// Keeps a process that lives for months from growing.
///
/// Many threads ask glibc for memory. It gives them places of their own, and keeps what each has freed in pieces that become
/// more and smaller (mallopt(3), malloc_trim(3)): what is used stays the same, and the process grows all the same.
package enum ProcessMemory {
    private static let places: Int32 = 2
    private static let interval = Duration.seconds(60)

    /// Lets threads that are made from now on share few places.
    package static func limit() { pgsteer_limit_arenas(places) }

    /// Gives what is free back to the host, again and again, until the task is cancelled.
    static func trim() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            pgsteer_trim_memory()
        }
    }
}
