import FleetModel
import Resources
import SpecSchema

/// What is to be done about an instance's standby.
enum StandbyNeed: Hashable {
    case build
    /// Its data cannot be used, for this reason.
    case rebuild(node: Int, String)
    case start(node: Int)
    /// It runs and does not follow the primary.
    case follow(node: Int)
    /// It runs with other parameters than its files say.
    case restart(node: Int, parameters: [String])
    /// Commits are to wait for it, or no longer.
    case acknowledge(isSynchronous: Bool)
    case remove(node: Int)

    /// Returns the first need; nil when there is none or when it cannot be told yet.
    ///
    /// - Parameter server: What the primary says; nil when it cannot be asked.
    static func of(_ policy: AvailabilityPolicy, _ placement: InstanceObservation, _ server: ObservedServer?)
        -> StandbyNeed?
    {
        // Whoever takes over leaves the other node to be looked after.
        let isTakeover = placement.recovery?.isTakeover ?? false
        let other = isTakeover ? placement.primary : placement.standby
        guard policy.mode == .dual else { return other.map { .remove(node: $0.number) } }
        guard let standby = other else { return .build }
        if isTakeover { return .follow(node: standby.number) }
        if let problem = standby.problem { return .rebuild(node: standby.number, problem) }
        if !standby.isRunning { return .start(node: standby.number) }
        guard let server else {
            // It cannot follow a primary that has still to be started.
            return placement.recovery == nil ? nil : .follow(node: standby.number)
        }
        if standby.following == nil { return .follow(node: standby.number) }
        if !standby.waitingParameters.isEmpty {
            return .restart(node: standby.number, parameters: standby.waitingParameters)
        }
        let names = server.parameters["synchronous_standby_names"]?.setting ?? ""
        let isSynchronous = policy.replication == .sync
        return isSynchronous == names.isEmpty ? .acknowledge(isSynchronous: isSynchronous) : nil
    }

    var operation: Action.Operation { if case .remove = self { .detach } else { .attach } }

    var isRestart: Bool { if case .restart = self { true } else { false } }

    func summary(of instance: String) -> String {
        switch self {
        case .build: "build the standby of \(instance)"
        case .rebuild(let node, _): "rebuild the standby of \(instance), node \(node)"
        case .start(let node): "start the standby of \(instance), node \(node)"
        case .follow(let node): "let node \(node) of \(instance) follow the primary"
        case .restart(let node, let names):
            "restart the standby of \(instance), node \(node), for \(names.joined(separator: ", "))"
        case .acknowledge(true): "let commits of \(instance) wait for the standby"
        case .acknowledge(false): "let commits of \(instance) no longer wait for the standby"
        case .remove(let node): "remove the standby of \(instance), node \(node), with its data"
        }
    }

    func difference(at instance: Instance) -> Difference {
        let (path, observed, desired): (String, String?, String?) =
            switch self {
            case .build: ("standby", nil, "following")
            case .rebuild(let node, let problem): ("standby", "node \(node): \(problem)", "following")
            case .start(let node): ("standby", "node \(node): not running", "following")
            case .follow(let node): ("standby", "node \(node): not following", "following")
            case .restart(_, let names):
                ("standby", "\(names.joined(separator: ", ")) after its next restart", "in force")
            case .acknowledge(let isSynchronous):
                ("standby.acknowledges", String(!isSynchronous), String(isSynchronous))
            case .remove(let node): ("standby", "node \(node)", nil)
            }
        return Difference(path, observed: observed, desired: desired, source: instance.availability.range)
    }
}
