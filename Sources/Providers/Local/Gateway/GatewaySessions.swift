import FleetModel

/// A client's session as one of the gateway's workers has it.
struct GatewaySession: Hashable, Sendable {
    /// The process that has it: the current worker, or one from before a reload.
    var worker: Int
    /// What HAProxy calls it, in that process.
    var id: String
    var listener: String
    /// Where the client comes from; nil when that cannot be read.
    var source: IPNetwork?
    /// The node that it is led to, as the gateway calls it; nil while it waits for one.
    var node: String?

    /// Reads a line of `show sess` (HAProxy 2.6 management guide, section 9.3); nil for what is no client's session.
    init?(_ line: some StringProtocol, worker: Int) {
        let words = line.split(separator: " ")
        guard let id = words.first, id.hasPrefix("0x"), id.hasSuffix(":") else { return nil }
        func value(_ key: String) -> String? {
            words.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
        }
        // Listeners of ours carry their port; HAProxy's own have no colon in their names.
        guard let listener = value("fe"), listener.contains(":") else { return nil }
        self.worker = worker
        self.id = String(id.dropLast())
        self.listener = listener
        node = value("srv").flatMap { $0.hasPrefix("<") ? nil : $0 }
        let place = value("src") ?? ""
        source = place.lastIndex(of: ":").flatMap { IPNetwork(address: String(place[..<$0])) }
    }

    /// Whether the session may not be: its endpoint is no more, or leads to another instance than when it began, or the
    /// rules of its instance deny where it comes from.
    func isStranger(to routes: [GatewayConfiguration.Route]) -> Bool {
        guard let route = routes.first(where: { $0.listeners.contains(listener) }) else { return true }
        if route.mayLeadElsewhere, route.nodes.contains(where: { $0.name == node && $0.owner != route.lead }) {
            return true
        }
        guard let access = route.access, listener == route.listener else { return false }
        return !(source.map(access.allows) ?? false)
    }

    /// The instance that its endpoint belongs to.
    var instance: String { String(listener.prefix { $0 != ":" && $0 != "." }) }
}

/// Looks at the sessions of all workers, which only the master knows (HAProxy 2.6 management guide, section 9.4).
enum GatewaySessions {
    /// Returns nil when the master does not answer.
    static func all(masterSocket: String) -> [GatewaySession]? {
        guard let processes = GatewaySocket.ask("show proc", socket: masterSocket), !processes.isEmpty else {
            return nil
        }
        let lines = processes.split(separator: "\n").map { $0.split(separator: " ") }
        let workers: [Int] = lines.filter { $0.count > 2 && $0[1] == "worker" }.compactMap { Int($0[0]) }
        var sessions: [GatewaySession] = []
        for worker in workers {
            guard let reply = GatewaySocket.ask("@!\(worker) show sess", socket: masterSocket) else { return nil }
            sessions += reply.split(separator: "\n").compactMap { GatewaySession($0, worker: worker) }
        }
        return sessions
    }

    static func close(_ session: GatewaySession, masterSocket: String) {
        _ = GatewaySocket.ask("@!\(session.worker) shutdown session \(session.id)", socket: masterSocket)
    }
}
