/// HAProxy's configuration as a text: one listener for each endpoint, and the nodes that it may lead to.
struct GatewayConfiguration: Hashable {
    /// What an instance's endpoint needs.
    struct Route: Hashable, Sendable {
        var instance: String
        var address: String
        var port: Int
        var nodes: [Node]
        /// The number of the one node that sessions are led to.
        var active: Int

        /// The listener's name. It carries the port, so that the running process tells which ports it serves.
        var listener: String { "\(instance):\(port)" }
    }

    /// A server that an endpoint may lead to.
    struct Node: Hashable, Sendable {
        var number: Int
        var port: Int

        var name: String { "node\(number)" }
        var target: String { "127.0.0.1:\(port)" }
    }

    var routes: [Route]
    var adminSocket: String
    /// Who the worker runs as; nil for the caller.
    var user: String?

    /// The text of `haproxy.cfg` (HAProxy 2.6 configuration manual, sections 3 and 4).
    var text: String {
        var lines = ["# Written by pgsteer; what is changed here by hand is lost.", "global"]
        if let user { lines += ["    user \(user)", "    group \(user)"] }
        lines += [
            "    stats socket \(adminSocket) mode 600 level admin expose-fd listeners",
            // A reload keeps sessions in the old worker; one that never ends must not keep it for ever.
            "    hard-stop-after 7d",
            "defaults",
            "    mode tcp",
            // A session that comes while nobody serves waits for who takes over, 10 seconds at most: HAProxy waits as
            // long as a connection may take before it tries again, and looks then who serves.
            "    timeout connect 100ms",
            "    retries 100",
            "    option redispatch 1",
            // Sessions of a database may be idle for long; dead peers are found by keepalives.
            "    timeout client 7d",
            "    timeout server 7d",
            "    option clitcpka",
            "    option srvtcpka",
        ]
        for route in routes.sorted(by: { $0.instance < $1.instance }) {
            lines += [
                "frontend \(route.listener)",
                "    bind \(route.address):\(route.port)",
                "    default_backend \(route.instance)",
                "backend \(route.instance)",
            ]
            lines += route.nodes.map { node in
                "    server \(node.name) \(node.target)\(node.number == route.active ? "" : " disabled")"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether two configurations differ at most in which node of an instance is led to.
    static func isSame(_ one: String, _ other: String) -> Bool {
        one.replacing(" disabled\n", with: "\n") == other.replacing(" disabled\n", with: "\n")
    }
}
