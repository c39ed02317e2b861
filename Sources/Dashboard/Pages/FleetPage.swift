import Diagnostics
import FleetModel
import Reconciliation
import Resources

/// All instances at a glance.
struct FleetPage {
    let facts: FleetFacts

    var page: Page {
        let content: Markup = "\(tiles)\(table)\(undeclared)\(recent)"
        return Page(title: "Fleet", place: .fleet, content: content)
    }

    private var tiles: Markup {
        let instances = facts.instances
        let stalled = instances.filter { $0.foremost?.type == .stalled }.count
        let pending = instances.reduce(0) { $0 + ($1.plan?.actions.count ?? 0) }
        let tiles: [(String, Int, String)] = [
            ("instances", instances.count, ""),
            ("ready", instances.filter(\.isReady).count, "good"),
            ("reconciling", instances.filter { $0.foremost?.type == .reconciling }.count, "warn"),
            ("stalled", stalled, "bad"),
            ("actions to do", pending, "warn"),
            ("attributes drifted", instances.reduce(0) { $0 + $1.drift.count }, "warn"),
        ]
        let items = tiles.map { name, count, kind -> Markup in
            "<div class=\"tile \(count == 0 ? "" : kind)\"><dt>\(name)</dt><dd>\(count)</dd></div>"
        }
        return "<dl class=\"tiles\">\(items)</dl>\n"
    }

    private var table: Markup {
        var table = MarkupTable(
            "Instances with their health, endpoints, nodes and load",
            ["Instance", "Health", "Endpoint", "Nodes", "Replication lag", "Sessions", "Size", "To do"]
        )
        for instance in facts.instances {
            let actions = instance.plan?.actions.count ?? 0
            table.add(
                "\(Markup.link(toInstance: instance.name))\(labels(instance))",
                "\(Badge.of(instance))\(reason(instance))",
                Endpoints(instance.endpoints).markup,
                "\(instance.nodes.map(node))",
                lag(instance),
                sessions(instance),
                size(instance),
                actions == 0
                    ? "<span class=\"quiet\">nothing</span>"
                    : "<a class=\"whole\" href=\"/plan#\(Markup.pathPart(instance.name))\">\(actions) \(actions == 1 ? "action" : "actions")</a>"
            )
        }
        return table.markup(
            orSay: "No instance is declared yet. Write one with pgsteer init, into the folder that the loop reads."
        )
    }

    /// Those that somebody may have forgotten, or that wait to be removed.
    private var undeclared: Markup {
        guard let instances = facts.loop.undeclared else { return .nothing }
        let items = instances.map { instance -> Markup in
            let since = Shown.time(instance.condition.since, now: facts.time)
            return "<li><b>\(instance.name)</b>: \(instance.condition.message) <small>since \(since)</small></li>"
        }
        return """
            <section aria-labelledby="undeclared"><h2 id="undeclared">Not declared any more</h2>
            <ul>\(items)</ul></section>

            """
    }

    private func labels(_ instance: InstanceFacts) -> Markup {
        let parts = [instance.version] + instance.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = parts.filter { !$0.isEmpty }.joined(separator: " · ")
        return text.isEmpty ? .nothing : "<small>\(text)</small>"
    }

    private func reason(_ instance: InstanceFacts) -> Markup {
        guard !instance.isReady, let condition = instance.foremost else { return .nothing }
        // What a server said besides is on the instance's own page.
        return "<small>\(condition.message.firstLine)</small>"
    }

    private func node(_ node: NodeFacts) -> Markup {
        let state = node.isRunning ? "" : ", not running"
        return
            "<div class=\"\(node.isRunning ? "node" : "node down")\">\(node.number) \(node.role.rawValue)\(state)</div>"
    }

    private func lag(_ instance: InstanceFacts) -> Markup {
        let followers = instance.nodes.filter { $0.role != .primary }
        guard !followers.isEmpty else { return "<span class=\"quiet\">no follower</span>" }
        return Markup(followers.map { "<div>\(Lag(of: $0).text)</div>" })
    }

    private func sessions(_ instance: InstanceFacts) -> Markup {
        guard let figures = instance.nodes.first(where: { $0.role == .primary })?.figures else {
            return "<span class=\"quiet\">unknown</span>"
        }
        return "\(figures.sessions.used) of \(figures.sessions.allowed)"
    }

    private func size(_ instance: InstanceFacts) -> Markup {
        guard let storage = instance.nodes.first(where: { $0.role == .primary })?.figures?.storage else {
            return "<span class=\"quiet\">unknown</span>"
        }
        let share: Markup = storage.share.map { "<small>\(Shown.percent($0)) of what it may use</small>" } ?? .nothing
        return "<span class=\"whole\">\(Shown.bytes(storage.usedBytes))</span>\(share)"
    }

    private var recent: Markup {
        let events = facts.events.prefix(10)
        return """
            <section aria-labelledby="recent"><h2 id="recent">Latest events</h2>
            \(EventList(events: Array(events), now: facts.time).markup)<p><a href="/events">All events</a></p></section>

            """
    }
}

/// The addresses that clients use.
struct Endpoints {
    let endpoints: [EndpointFact]

    init(_ endpoints: [EndpointFact]) { self.endpoints = endpoints }

    var markup: Markup {
        if endpoints.isEmpty { return "<span class=\"quiet\">none</span>" }
        return Markup(
            endpoints.map { endpoint -> Markup in
                let kind: Markup = endpoint.kind == "private" ? .nothing : "<small>\(endpoint.kind)</small>"
                let closed: Markup = endpoint.isOpen ? .nothing : " <span class=\"badge bad\">closed</span>"
                let lead: Markup = endpoint.leadsTo.map { "<small>leads to \($0)</small>" as Markup } ?? .nothing
                return "<div><code>\(endpoint.text)</code>\(closed)\(kind)\(lead)</div>"
            }
        )
    }
}

/// How far a node is behind its primary.
struct Lag {
    let text: String

    init(of node: NodeFacts) {
        guard node.isRunning, node.following != nil else {
            text = "not following"
            return
        }
        let bytes = node.lagBytes.map { Shown.bytes($0) } ?? "unknown"
        text = bytes + (node.lagSeconds.map { ", \(Shown.duration($0))" } ?? "")
    }
}
