import FleetModel

/// HAProxy's configuration as a text: one listener for each endpoint, and the nodes that it may lead to.
struct GatewayConfiguration: Hashable {
    /// What an endpoint needs: an instance's, or one of its read-only groups'.
    struct Route: Hashable, Sendable {
        var instance: String
        /// The read-only group; nil for the instance's own endpoint.
        var group: String?
        var address: String
        var port: Int
        var nodes: [Node]
        /// The instance whose nodes sessions are led to; nil for its own.
        var lead: String?
        /// The numbers of the nodes that sessions are led to; one for an instance's own endpoint.
        var active: Set<Int>
        /// Who may reach the private endpoint; nil where everybody may.
        var access: AccessList?
        /// The public endpoint; nil while there is none.
        var publicPlace: Place?
        /// The file with the rules, whether there are any or not.
        var accessFile: String

        /// The name of what serves the endpoint. No instance has a dot in its name.
        var name: String { group.map { "\(instance).\($0)" } ?? instance }
        /// The listener's name. It carries the port, so that the running process tells which ports it serves.
        var listener: String { "\(name):\(port)" }
        /// What the endpoint is, for people.
        var shown: String { group.map { "\($0) of \(instance)" } ?? instance }
        var place: Place { Place(address: address, port: port) }

        /// Whether sessions are led to a node.
        func isActive(_ node: Node) -> Bool { node.owner == lead && active.contains(node.number) }
        /// Whether its nodes are not of one instance alone.
        var mayLeadElsewhere: Bool { nodes.contains { $0.owner != nil } }

        /// All listeners of the route, by name.
        var places: [String: Place] {
            var places = [listener: place]
            if let publicPlace { places["\(name):\(publicPlace.port)"] = publicPlace }
            return places
        }
        var listeners: Set<String> { Set(places.keys) }

        /// The rules as HAProxy's map has them: actions by networks, of which the longest with an address decides; nil
        /// where there are none.
        var accessTable: [String: String]? {
            access.map { access in
                Dictionary(access.longestPrefixes.map { ("\($0.address)/\($0.prefixLength)", $1.rawValue) }) {
                    first,
                    _ in
                    first
                }
            }
        }

        var accessLines: [String] { (accessTable ?? [:]).map { "\($0) \($1)" }.sorted() }

        /// The text of the file with the rules; nil where there are none.
        var accessText: String? {
            access.map { access in
                let groups = access.groups.joined(separator: ", ")
                return "# Written by pgsteer for \(instance), of \(groups); what is changed here by hand is lost.\n"
                    + accessLines.map { $0 + "\n" }.joined()
            }
        }
    }

    /// Where a listener listens.
    struct Place: Hashable, Sendable {
        var address: String
        var port: Int

        /// As HAProxy, URIs and people write it.
        var shown: String { address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)" }
    }

    /// A server that an endpoint may lead to.
    struct Node: Hashable, Sendable {
        var number: Int
        var port: Int
        /// One of 2 gets twice the sessions of one of 1.
        var weight = 1
        /// The instance that it is of; nil for the one whose endpoint it is.
        var owner: String?

        /// No instance has a dot in its name.
        var name: String { (owner.map { $0 + "." } ?? "") + "node\(number)" }
        /// For people.
        var shown: String { "node \(number)" + (owner.map { " of \($0)" } ?? "") }
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
        ]
        lines += Self.defaults
        for route in routes.sorted(by: { $0.name < $1.name }) { lines += route.listenerLines + route.backendLines }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let defaults = [
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

    /// Whether two configurations differ at most in which nodes are led to.
    static func isSame(_ one: String, _ other: String) -> Bool {
        one.replacing(" disabled\n", with: "\n") == other.replacing(" disabled\n", with: "\n")
    }
}

extension GatewayConfiguration.Route {
    /// Where sessions come in, and who may come.
    fileprivate var listenerLines: [String] {
        var lines = ["frontend \(listener)", "    bind \(place.shown)"]
        if access != nil {
            // Decided before anything is read or written, by a table that can be exchanged while it runs.
            lines.append("    tcp-request connection reject unless { src,map_ip(\(accessFile),deny) -m str allow }")
        }
        lines.append("    default_backend \(name)")
        for (other, place) in places where other != listener {
            lines += ["frontend \(other)", "    bind \(place.shown)", "    default_backend \(name)"]
        }
        return lines
    }

    /// Who serves them.
    fileprivate var backendLines: [String] {
        var lines = ["backend \(name)"]
        // Sessions of a database last: who has the fewest for its weight gets the next.
        if group != nil { lines.append("    balance leastconn") }
        return lines
            + nodes.map { node in
                let weight = group == nil ? "" : " weight \(node.weight)"
                let state = isActive(node) ? "" : " disabled"
                return "    server \(node.name) \(node.target)\(weight)\(state)"
            }
    }
}
