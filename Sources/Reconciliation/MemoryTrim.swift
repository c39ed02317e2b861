import CLinux

/// Gives memory that is free back to the host, again and again.
///
/// A loop lives for months and asks for memory in many threads; glibc keeps what each of them has freed, in pieces that
/// become more and smaller (malloc_trim(3), mallopt(3)).
enum MemoryTrim {
    private static let interval = Duration.seconds(60)

    /// Does so until the task is cancelled.
    static func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            pgsteer_trim_memory()
        }
    }
}
