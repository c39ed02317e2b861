import Glibc
import Synchronization

/// Counts what changes the world, and can end the program right before the n-th change.
///
/// Every write to a file, a process or a server passes here first. With `PGSTEER_CRASH_AT=n` the program sends itself
/// SIGKILL there, so that tests can stop it between any two side effects and look whether the next run recovers.
package final class SideEffectCounter: Sendable {
    private let count = Mutex(0)
    private let crashAt: Int?
    private let report: (@Sendable (Int, String) -> Void)?

    /// Makes a counter.
    ///
    /// - Parameters:
    ///   - crashAt: The number of the side effect before which the program dies; counts from 1.
    ///   - report: Told each side effect's number and what it is.
    package init(crashAt: Int? = nil, report: (@Sendable (Int, String) -> Void)? = nil) {
        self.crashAt = crashAt
        self.report = report
    }

    /// How many side effects there have been.
    package var total: Int { count.withLock(\.self) }

    /// Announces a side effect; does not return when the program is to die here.
    package func willPerform(_ summary: @autoclosure () -> String) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if number == crashAt { kill(getpid(), SIGKILL) }
        report?(number, summary())
    }
}
