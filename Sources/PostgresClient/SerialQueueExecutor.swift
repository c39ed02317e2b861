import Dispatch

/// Runs an actor's work on a thread of its own, one job after the other.
///
/// libpq blocks while it waits for a server. On the shared pool of threads that would stop every other task of the
/// program; here it stops only the connection that waits.
final class SerialQueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "pgsteer.postgres-connection")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
