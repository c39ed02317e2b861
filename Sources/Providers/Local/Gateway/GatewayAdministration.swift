import Glibc

/// Asks a running HAProxy through its admin socket (HAProxy 2.6 management guide, section 9.3).
enum GatewayAdministration {
    /// What the process serves right now: listeners by name, and the nodes that sessions are led to by backend.
    struct Served: Hashable {
        var listeners: Set<String> = []
        /// By the route's name; addresses by the nodes' names.
        var targets: [String: [String: String]] = [:]
        /// By the route's name; the nodes that sessions could be led to.
        var nodes: [String: Set<String>] = [:]
        /// The rules of security groups by their files; actions by networks.
        var rules: [String: [String: String]] = [:]

        /// Whether a route is served as it should be: listened to, guarded, and led to its active node.
        func includes(_ route: GatewayConfiguration.Route) -> Bool {
            route.listeners.isSubset(of: listeners) && guards(route) && leads(route)
        }

        func guards(_ route: GatewayConfiguration.Route) -> Bool { rules[route.accessFile] == route.accessTable }

        func leads(_ route: GatewayConfiguration.Route) -> Bool {
            nodes[route.name, default: []] == Set(route.nodes.map(\.name)) && reaches(route)
        }

        /// Whether clients get to the nodes that serve, whichever others it knows.
        func reaches(_ route: GatewayConfiguration.Route) -> Bool {
            let active = route.nodes.filter(route.isActive).map { ($0.name, $0.target) }
            return targets[route.name, default: [:]] == Dictionary(active) { first, _ in first }
        }
    }

    /// Returns nil when nobody answers.
    ///
    /// - Parameter accessFolder: Where the files with the rules of security groups are.
    static func served(socket path: String, accessFolder: String) -> Served? {
        guard let reply = GatewaySocket.ask("show stat", socket: path),
            let rules = rules(below: accessFolder, socket: path)
        else { return nil }
        let lines = reply.split(separator: "\n")
        guard let header = lines.first else { return nil }
        let columns = header.split(separator: ",", omittingEmptySubsequences: false)
        guard let addressColumn = columns.firstIndex(of: "addr"), let stateColumn = columns.firstIndex(of: "status")
        else { return nil }
        var served = Served()
        served.rules = rules
        for line in lines.dropFirst() {
            let values = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard values.count > max(addressColumn, stateColumn) else { continue }
            switch values[1] {
            case "FRONTEND": served.listeners.insert(values[0])
            case "BACKEND": continue
            default:
                served.nodes[values[0], default: []].insert(values[1])
                // What is in maintenance, or being emptied, gets no session.
                let isActive = !["MAINT", "DRAIN"].contains { values[stateColumn].hasPrefix($0) }
                if isActive { served.targets[values[0], default: [:]][values[1]] = values[addressColumn] }
            }
        }
        return served
    }

    /// Lets a route's sessions be led to its active nodes.
    ///
    /// Sessions of an instance that lead to another node are closed: it is the primary no more. Those of a read-only
    /// group may go on. What the process did not take over is found by ``served(socket:accessFolder:)``.
    static func lead(_ route: GatewayConfiguration.Route, socket: String) {
        let others = route.nodes.filter { !route.isActive($0) }.map { "\(route.name)/\($0.name)" }
        // The new one first: with none at all, sessions that wait would be refused.
        var commands = route.nodes.filter(route.isActive)
            .flatMap { node in
                [
                    "set server \(route.name)/\(node.name) addr 127.0.0.1 port \(node.port)",
                    "set server \(route.name)/\(node.name) state ready",
                ]
            }
        let isGroup = route.group != nil
        commands += others.map { "set server \($0) state \(isGroup ? "drain" : "maint")" }
        _ = GatewaySocket.ask(commands.joined(separator: "; "), socket: socket)
        if isGroup || others.isEmpty { return }
        if !route.mayLeadElsewhere { letWaitingGo(route, socket: socket) }
        let closing = others.map { "shutdown sessions server \($0)" }
        _ = GatewaySocket.ask(closing.joined(separator: "; "), socket: socket)
    }

    /// How long a session that waits for a node keeps to it at most: two tries to connect.
    private static let patience: UInt32 = 250_000

    /// Gives those who wait for a node that is gone the time to be led to the active one with their next try: to be closed
    /// together with the sessions that the node had would be a refusal.
    private static func letWaitingGo(_ route: GatewayConfiguration.Route, socket: String) {
        let others = Set(route.nodes.filter { !route.isActive($0) }.map(\.name))
        let sessions = (GatewaySocket.ask("show sess", socket: socket) ?? "").split(separator: "\n")
            .compactMap { GatewaySession($0, worker: 0) }
        let isWaitedFor = sessions.contains { session in
            route.listeners.contains(session.listener) && session.node.map(others.contains) ?? false
        }
        if isWaitedFor { usleep(patience) }
    }

    // MARK: Rules

    /// Returns the rules that are in force, by the file that they were read from: actions by networks.
    private static func rules(below folder: String, socket: String) -> [String: [String: String]]? {
        guard let list = GatewaySocket.ask("show map", socket: socket) else { return nil }
        var rules: [String: [String: String]] = [:]
        for line in list.split(separator: "\n") {
            // 0 (/path/of/the/file) pattern loaded from file ...
            let parts = line.split(separator: "(", maxSplits: 1)
            guard parts.count == 2, let path = parts[1].split(separator: ")").first, path.hasPrefix(folder + "/") else {
                continue
            }
            guard let entries = GatewaySocket.ask("show map \(path)", socket: socket) else { return nil }
            rules[String(path)] = table(entries)
        }
        return rules
    }

    /// Reads lines of an address of memory, a network and an action.
    private static func table(_ entries: String) -> [String: String] {
        let lines = entries.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return Dictionary(lines.filter { $0.count == 3 }.map { ($0[1], $0[2]) }) { first, _ in first }
    }

    /// Puts a route's rules in force, all at once; sessions that there are go on.
    ///
    /// What the process did not take over is found by ``served(socket:accessFolder:)``.
    static func enforce(_ route: GatewayConfiguration.Route, socket: String) {
        let path = route.accessFile
        guard let reply = GatewaySocket.ask("prepare map \(path)", socket: socket),
            let version = reply.split(whereSeparator: \.isWhitespace).last.flatMap({ Int($0) })
        else { return }
        let lines = route.accessLines
        // A command and what it is given must fit HAProxy's buffer of 16 kB.
        for start in stride(from: 0, to: lines.count, by: 200) {
            let piece = lines[start..<min(start + 200, lines.count)].joined(separator: "\n")
            _ = GatewaySocket.ask("add map @\(version) \(path) <<\n\(piece)\n", socket: socket)
        }
        _ = GatewaySocket.ask("commit map @\(version) \(path)", socket: socket)
    }

    /// Stops listening at once, which a reload does as soon as the new process is there.
    static func close(_ listener: String, socket: String) {
        _ = GatewaySocket.ask("shutdown frontend \(listener)", socket: socket)
    }
}
