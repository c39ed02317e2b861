import CLinux
import Dispatch
import Glibc

/// Tells at once when a process ends, without asking again and again; what is watched need be no child of ours.
///
/// Unchecked, because Dispatch does not say that its sources may be cancelled from any thread; they may.
package final class ProcessWatch: @unchecked Sendable {
    package let processID: Int
    private let source: any DispatchSourceProtocol

    /// Watches a process; nil when it is gone already.
    ///
    /// - Parameter onExit: Called once, on a queue of the system's; also when the process only waits to be collected.
    package init?(_ processID: Int, onExit: @escaping @Sendable () -> Void) {
        self.processID = processID
        // A process descriptor can be read from when its process has ended (man pidfd_open).
        let descriptor = pgsteer_pidfd_open(Int32(processID))
        if descriptor >= 0 {
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
            source.setEventHandler {
                source.cancel()
                onExit()
            }
            source.setCancelHandler { close(descriptor) }
            source.resume()
            self.source = source
        } else {
            guard ProcessTable.isAlive(processID) else { return nil }
            // A kernel before 5.3, or a sandbox without process descriptors.
            let source = DispatchSource.makeTimerSource(queue: .global())
            source.schedule(deadline: .now(), repeating: .milliseconds(100))
            source.setEventHandler {
                guard !ProcessTable.isAlive(processID) else { return }
                source.cancel()
                onExit()
            }
            source.resume()
            self.source = source
        }
    }

    deinit { source.cancel() }
}

extension ProcessTable {
    /// Whether a process was stopped by a signal, and does nothing until it is let go on.
    package static func isStopped(_ processID: Int) -> Bool { state(of: processID) == "T" }
}
