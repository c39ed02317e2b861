import Dispatch
import Execution
import Glibc

/// Ctrl-C: the first one finishes what runs and starts nothing more, the second one ends the program at once.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ interruption: Interruption, terminal: Terminal) {
        sources = [SIGINT, SIGTERM]
            .map { number in
                // A shell's background jobs inherit that the signal is ignored; the source would never hear of it.
                signal(number, SIG_DFL)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler {
                    if interruption.isWished { _exit(130) }
                    interruption.wish()
                    terminal.tell(
                        "\ninterrupted: finishing what runs and starting nothing more; again to stop at once\n"
                    )
                }
                source.resume()
                return source
            }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
