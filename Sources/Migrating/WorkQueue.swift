/// What is left to be done by several workers, the most expensive first, where work that is done may bring more.
actor WorkQueue<Job: Sendable> {
    private var ready: [(cost: Int, job: Job)]
    private var running = 0
    private var hasFailed = false
    private var waiting: [CheckedContinuation<Job?, Never>] = []

    init(_ jobs: [(cost: Int, job: Job)]) {
        ready = jobs.sorted { $0.cost < $1.cost }
    }

    /// Returns the next job; waits while others may still bring one, and returns nil when there is nothing more.
    func next() async -> Job? {
        if hasFailed { return nil }
        if let last = ready.popLast() {
            running += 1
            return last.job
        }
        if running == 0 { return nil }
        return await withCheckedContinuation { waiting.append($0) }
    }

    /// Says that a job is done and what is to be done after it.
    func finished(bringing jobs: [(cost: Int, job: Job)] = []) {
        running -= 1
        ready = (ready + jobs).sorted { $0.cost < $1.cost }
        wake()
    }

    /// Says that a job failed: nobody gets another one.
    func failed() {
        hasFailed = true
        running -= 1
        wake()
    }

    private func wake() {
        while !waiting.isEmpty, !hasFailed, let last = ready.popLast() {
            running += 1
            waiting.removeFirst().resume(returning: last.job)
        }
        guard hasFailed || running == 0 && ready.isEmpty else { return }
        for continuation in waiting { continuation.resume(returning: nil) }
        waiting = []
    }
}
