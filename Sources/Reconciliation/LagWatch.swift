import FleetModel
import PostgresClient
import Providers
import Resources
import SpecSchema

/// Notices within moments when a replica is too far behind for its read-only group, or may serve in it again.
///
/// It only wakes: who serves is decided by the look that follows. Each instance is asked in sessions that stay open, and
/// its replicas only while they are behind.
actor LagWatch {
    private let context: LoopContext
    private var atWork: Set<String> = []
    private var sessions: [String: KeptSessions] = [:]
    /// What an instance was last woken for.
    private var wakes: [String: (finding: [String: [Int]], time: ContinuousClock.Instant)] = [:]

    private static let glance = Duration.seconds(1)
    /// What a look could not put right is not looked at every second.
    private static let patience = Duration.seconds(10)

    init(context: LoopContext) {
        self.context = context
    }

    /// Watches until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let watched = await watched()
            let names = Set(watched.map(\.name))
            sessions = sessions.filter { names.contains($0.key) }
            for placement in watched where atWork.insert(placement.name).inserted {
                // Nobody waits for it: a server that hangs answers as late as it likes, and the loop may end meanwhile.
                Task { await ask(placement) }
            }
            try? await Task.sleep(for: Self.glance)
        }
    }

    /// The instances that have a group with a limit, and that the loop may change.
    private func watched() async -> [InstanceObservation] {
        guard let force = context.force, context.pause == nil, !context.options.isObserveOnly else { return [] }
        return await context.status.looks.values.compactMap { look in
            guard let placement = look.observed?.placement, placement.state == .running,
                placement.groups.contains(where: \.policy.isLimited),
                let instance = force.revision.desired.instances[placement.name],
                !(instance.suspended?.value ?? false)
            else { return nil }
            return placement
        }
    }

    private func ask(_ placement: InstanceObservation) async {
        let name = placement.name
        defer { atWork.remove(name) }
        var finding: [String: [Int]] = [:]
        for group in placement.groups where group.policy.isLimited {
            guard let entitled = await entitled(to: group, placement), entitled != group.inService.sorted() else {
                continue
            }
            finding[group.name] = entitled
        }
        guard !finding.isEmpty else { return }
        if let last = wakes[name], last.finding == finding, last.time > .now - Self.patience { return }
        wakes[name] = (finding, .now)
        context.wake(.surroundings, name)
    }

    /// Nil when the primary cannot be asked.
    private func entitled(to group: ObservedReadOnlyGroup, _ placement: InstanceObservation) async -> [Int]? {
        guard let provider = context.force?.fleet.provider,
            let primary = try? await provider.administration(of: placement.name, node: nil)
        else { return nil }
        let kept = sessions[placement.name] ?? KeptSessions()
        sessions[placement.name] = kept
        var probe = ReplicaLagProbe(primary: primary, replicas: [:], sessions: kept)
        for node in placement.replicas(of: group.name) {
            probe.replicas[node.number] = try? await provider.administration(of: placement.name, node: node.number)
        }
        return (try? await probe.lags(under: group.policy)).map { group.policy.inService($0).sorted() }
    }
}
