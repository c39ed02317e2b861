import Dispatch
import Execution
import Glibc
import Synchronization

/// SIGTERM and SIGINT for the loop: the step at hand is finished within a time, and nothing more is started.
///
/// A second signal, or the end of the time, ends the program at once; what it was at is made good by the next one.
///
/// Unchecked, because Dispatch does not say that its sources may be cancelled from any thread; they may.
final class LoopInterrupts: @unchecked Sendable {
    private let sources: [any DispatchSourceSignal]
    private let received = Mutex<Int32?>(nil)

    /// The exit code when the loop has ended: 0 when it was asked to, 130 when somebody interrupted it.
    var exitCode: Int32 { received.withLock(\.self) == SIGINT ? 130 : 0 }

    /// - Parameter onBreak: Called when the time is over and the program ends in the middle of something.
    init(_ interruption: Interruption, grace: Int, onBreak: @escaping @Sendable () -> Void) {
        let numbers = [SIGINT, SIGTERM]
        sources = numbers.map { number in
            // A shell's background jobs inherit that the signal is ignored; the source would never hear of it.
            signal(number, SIG_DFL)
            return DispatchSource.makeSignalSource(signal: number, queue: .global())
        }
        for (number, source) in zip(numbers, sources) {
            source.setEventHandler { [self] in
                received.withLock { $0 = $0 ?? number }
                if interruption.isWished { _exit(130) }
                interruption.wish()
                DispatchQueue.global()
                    .asyncAfter(deadline: .now() + .seconds(grace)) { [self] in
                        onBreak()
                        _exit(exitCode == 0 ? 1 : exitCode)
                    }
            }
            source.resume()
        }
    }

    func cancel() { for source in sources { source.cancel() } }
}
