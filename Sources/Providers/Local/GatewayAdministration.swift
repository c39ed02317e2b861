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

        func includes(_ route: GatewayConfiguration.Route) -> Bool {
            let active = route.nodes.filter { route.active.contains($0.number) }.map { ($0.name, $0.target) }
            return listeners.contains(route.listener)
                && nodes[route.name, default: []] == Set(route.nodes.map(\.name))
                && targets[route.name, default: [:]] == Dictionary(active) { first, _ in first }
        }
    }

    /// Returns nil when nobody answers.
    static func served(socket path: String) -> Served? {
        guard let reply = ask("show stat", socket: path) else { return nil }
        let lines = reply.split(separator: "\n")
        guard let header = lines.first else { return nil }
        let columns = header.split(separator: ",", omittingEmptySubsequences: false)
        guard let addressColumn = columns.firstIndex(of: "addr"), let stateColumn = columns.firstIndex(of: "status")
        else { return nil }
        var served = Served()
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
    /// group may go on. What the process did not take over is found by ``served(socket:)``.
    static func lead(_ route: GatewayConfiguration.Route, socket: String) {
        let others = route.nodes.filter { !route.active.contains($0.number) }.map { "\(route.name)/\($0.name)" }
        // The new one first: with none at all, sessions that wait would be refused.
        var commands = route.nodes.filter { route.active.contains($0.number) }
            .flatMap { node in
                [
                    "set server \(route.name)/\(node.name) addr 127.0.0.1 port \(node.port)",
                    "set server \(route.name)/\(node.name) state ready",
                ]
            }
        if route.group == nil {
            commands += others.map { "set server \($0) state maint" }
            commands += others.map { "shutdown sessions server \($0)" }
        } else {
            commands += others.map { "set server \($0) state drain" }
        }
        _ = ask(commands.joined(separator: "; "), socket: socket)
    }

    private static func ask(_ command: String, socket path: String) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        let request = Array((command + "\n").utf8)
        guard isConnected, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        return readAll(descriptor)
    }

    private static func readAll(_ descriptor: Int32) -> String? {
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return String(decoding: reply, as: UTF8.self) }
            guard count > 0 else { return nil }
            reply += buffer[..<count]
        }
    }
}
