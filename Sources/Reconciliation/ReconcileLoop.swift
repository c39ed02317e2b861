package import Resources

/// Looks at every declared instance again and again, and right away when something happens; several side by side, each
/// by itself.
package actor ReconcileLoop {
    /// Looks once at one instance.
    package typealias Pass = @Sendable (_ name: String, _ fleet: DesiredFleet) async -> PassResult

    private let interval: Duration
    private let parallelism: Int
    private let pass: Pass
    /// Told every result.
    private let report: @Sendable (_ name: String, PassResult) async -> Void
    private var fleet: DesiredFleet?
    private var schedules: [String: InstanceSchedule] = [:]
    private var isStopping = false

    package init(
        interval: Duration,
        parallelism: Int,
        pass: @escaping Pass,
        report: @escaping @Sendable (_ name: String, PassResult) async -> Void
    ) {
        self.interval = interval
        self.parallelism = max(1, parallelism)
        self.pass = pass
        self.report = report
    }

    /// Takes a fleet over; what has changed in it is looked at right away.
    ///
    /// - Parameter isChanged: Whether the specifications are others than before, and not only read again.
    package func follow(_ fleet: DesiredFleet, isChanged: Bool) {
        self.fleet = fleet
        schedules = schedules.filter { fleet.instances[$0.key] != nil || $0.value.isRunning }
        for name in fleet.instances.keys {
            if schedules[name] == nil { schedules[name] = InstanceSchedule(due: .now) }
            if isChanged { schedules[name]?.wake(at: .now, isNew: true) }
        }
    }

    /// Looks at an instance right away, since something happened to it.
    package func wake(_ name: String) { schedules[name]?.wake(at: .now) }

    /// Starts nothing more; what is under way ends.
    package func stop() { isStopping = true }

    /// Goes on until it is stopped and nothing is under way any more.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !isStopping {
                for name in dueNames() {
                    guard let fleet else { continue }
                    schedules[name]?.start()
                    group.addTask { await self.look(at: name, in: fleet) }
                }
                // Short enough that nobody waits for it, long enough that an idle loop costs nothing.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func dueNames() -> [String] {
        let room = parallelism - schedules.values.count { $0.isRunning }
        guard room > 0 else { return [] }
        let now = ContinuousClock.now
        let due = schedules.filter { $0.value.isDue(at: now) && fleet?.instances[$0.key] != nil }
        return due.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.prefix(room).map(\.key)
    }

    private func look(at name: String, in fleet: DesiredFleet) async {
        let result = await pass(name, fleet)
        schedules[name]?
            .finish(at: .now, isSuccess: !result.hasFailed, interval: interval, spread: Double.random(in: 0...1))
        await report(name, result)
    }
}
