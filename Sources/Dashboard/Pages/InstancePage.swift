import FleetModel
import Reconciliation
import Resources

/// Everything about one instance.
struct InstancePage {
    let instance: InstanceFacts
    let facts: FleetFacts

    var page: Page {
        let plan = instance.plan.flatMap { $0.changes.isEmpty && $0.isEmpty ? nil : $0 }
        let drift = Set(instance.drift)
        let events = facts.events.filter { $0.instance == instance.name }.prefix(15)
        let history = facts.history.filter { $0.instance == instance.name }.prefix(15)
        let sections: [Markup] = [
            overview,
            plan.map { section("plan", "To do", PlanList(plan: $0, drift: drift).markup) } ?? .nothing,
            section("nodes", "Nodes", nodes),
            Markup(instance.nodes.map(figures)),
            section("backups", "Backups", BackupsSection(backups: instance.backups, now: facts.time).markup),
            section("slow", "Slow statements", slowStatements),
            section("accounts", "Accounts", accounts),
            section("databases", "Databases", databases),
            section("parameters", "Parameters other than PostgreSQL's own", parameters),
            section("events", "Events", EventList(events: Array(events), now: facts.time, isOfOne: true).markup),
            section("history", "History", HistoryTable(history: Array(history), now: facts.time).markup),
        ]
        return Page(title: instance.name, place: nil, content: Markup(sections))
    }

    private func section(_ id: String, _ title: String, _ content: Markup) -> Markup {
        "<section aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\n\(content)</section>\n"
    }

    private var slowStatements: Markup {
        SlowStatementsSection(
            statements: instance.slowStatements,
            threshold: instance.slowThreshold,
            now: facts.time
        )
        .markup
    }

    // MARK: Overview

    private var overview: Markup {
        let problem: Markup =
            instance.problem.map { "<div class=\"notice bad\"><p>\($0)</p></div>\n" } ?? .nothing
        return "\(problem)\(conditions)\(properties)"
    }

    private var conditions: Markup {
        let items = instance.conditions.map { condition -> Markup in
            """
            <li>\(Badge.of(condition)) <span>\(condition.message)</span> <small>\(condition.reason.rawValue), since \
            \(Shown.time(condition.since, now: facts.time))</small></li>

            """
        }
        return items.isEmpty
            ? "<p class=\"none\">Not looked at yet.</p>\n"
            : "<ul class=\"conditions\" aria-label=\"Conditions\">\n\(items)</ul>\n"
    }

    private var properties: Markup {
        func pairs(_ values: [String: String]) -> String {
            values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        let texts: [(String, String)] = [
            ("Version", instance.version), ("Availability", instance.availability), ("Id", instance.id),
            ("Character set", instance.charset), ("Project", instance.project ?? ""), ("Tags", pairs(instance.tags)),
            ("Size", pairs(instance.size)), ("Deletion", instance.isProtected ? "refused" : "allowed"),
        ]
        var items: [Markup] = ["<div><dt>Endpoint</dt><dd>\(Endpoints(instance.endpoints).markup)</dd></div>\n"]
        items += texts.filter { !$0.1.isEmpty }.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" }
        if let look = instance.lastLook {
            items.append("<div><dt>Last look</dt><dd>\(Shown.time(look, now: facts.time))</dd></div>\n")
        }
        return "<dl class=\"properties\">\n\(items)</dl>\n"
    }

    // MARK: Nodes and figures

    private var nodes: Markup {
        var table = MarkupTable("Nodes", ["Node", "Role", "State", "Zone", "Follows", "Lag", "Waits for restart"])
        for node in instance.nodes {
            let state =
                node.isRunning ? Badge.markup("good", "●", "running") : Badge.markup("bad", "▲", "not running")
            let problem: Markup = node.problem.map { "<small>\($0)</small>" } ?? .nothing
            let group: Markup = node.group.map { "<small>group \($0)</small>" } ?? .nothing
            let isPrimary = node.role == .primary
            let following = node.following.map { node.isSynchronous ?? false ? "\($0), synchronous" : $0 }
            table.add(
                "\(node.number)",
                "\(node.role.rawValue)\(group)",
                "\(state)\(problem)",
                quiet(node.zone),
                isPrimary ? quiet(nil) : "\(following ?? "not following")",
                isPrimary ? quiet(nil) : "\(Lag(of: node).text)",
                quiet(node.waitingParameters.isEmpty ? nil : node.waitingParameters.joined(separator: ", "))
            )
        }
        return table.markup(orSay: "There is no server yet.")
    }

    private func quiet(_ text: String?) -> Markup { text.map { "\($0)" } ?? "<span class=\"quiet\">none</span>" }

    private func figures(_ node: NodeFacts) -> Markup {
        guard let figures = node.figures else { return .nothing }
        let samples = node.samples
        let storage = figures.storage
        let charts = [
            Chart(
                title: "Sessions",
                values: samples.map { Double($0.connections) },
                latest: "\(figures.sessions.used) of \(figures.sessions.allowed)",
                ceiling: Double(figures.sessions.allowed)
            ),
            Chart(
                title: "Transactions",
                values: samples.map(\.transactionsPerSecond),
                latest: node.rates.map { "\(Shown.decimal($0.transactionsPerSecond))/s" } ?? "unknown"
            ),
            Chart(
                title: "Cache hits",
                values: samples.map(\.cacheHitShare),
                latest: (node.rates?.cacheHitShare ?? figures.counters.cacheHitShare).map { Shown.percent($0) }
                    ?? "unknown",
                ceiling: 1
            ),
            Chart(
                title: "Write-ahead log",
                values: samples.map(\.walBytesPerSecond),
                latest: node.rates.map { "\(Shown.bytes(Int($0.walBytesPerSecond)))/s" } ?? "unknown"
            ),
            Chart(
                title: "Size",
                values: samples.map { Double($0.sizeBytes) },
                latest: Shown.bytes(storage.usedBytes) + (storage.allowedBytes.map { " of \(Shown.bytes($0))" } ?? ""),
                ceiling: storage.allowedBytes.map(Double.init)
            ),
        ]
        return section(
            "figures-\(node.number)",
            "Figures of node \(node.number)",
            "<div class=\"charts\">\(charts.map(\.markup))</div>\n\(numbers(figures))"
        )
    }

    private func numbers(_ figures: ServerFigures) -> Markup {
        let counters = figures.counters
        var items: [(String, String)] = [
            ("Active sessions", String(figures.sessions.active)),
            ("Idle in transaction", String(figures.sessions.idleInTransaction)),
            ("Waiting for locks", String(figures.sessions.waiting)),
            ("Oldest transaction", figures.oldestTransactionSeconds.map { Shown.duration($0) } ?? "none"),
            ("Deadlocks", String(counters.deadlocks)),
            ("Temporary files", "\(counters.temporaryFiles), \(Shown.bytes(counters.temporaryBytes))"),
            ("Dead rows", "\(figures.deadRows) beside \(figures.liveRows) live"),
            ("Checkpoints", "\(counters.checkpointsTimed) timed, \(counters.checkpointsRequested) asked for"),
        ]
        if let statements = counters.statements, statements.calls > 0 {
            let mean = statements.totalMilliseconds / Double(statements.calls)
            items.append(("Mean statement", "\(Shown.decimal(mean)) ms over \(statements.calls)"))
        }
        let list = items.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as Markup }
        return "<dl class=\"properties\">\n\(list)</dl>\n"
    }

    // MARK: What is in the server

    private var parameters: Markup {
        var table = MarkupTable("Parameters", ["Parameter", "Value", "Set by", "Origin"])
        for parameter in instance.parameters {
            let waiting = parameter.waiting.map { "waits for a restart: \($0)" } ?? "waits for a restart"
            let mark: Markup = parameter.isPendingRestart ? " \(Badge.markup("warn", "◐", waiting))" : .nothing
            table.add(
                "<code>\(parameter.name)</code>",
                "<code>\(parameter.value.isEmpty ? "\"\"" : parameter.value)</code>\(mark)",
                "\(parameter.setBy)",
                quiet(parameter.origin)
            )
        }
        return table.markup(orSay: "The server cannot be asked, or nothing is set.")
    }

    private var accounts: Markup {
        var table = MarkupTable(
            "Accounts",
            ["Account", "Log in", "Member of", "Sessions", "Valid until", "Declared", "Remark"]
        )
        for account in instance.accounts {
            table.add(
                "\(account.name)",
                "\(account.mayLogIn ? "yes" : "no")",
                quiet(account.memberships.isEmpty ? nil : account.memberships.joined(separator: ", ")),
                "\(account.sessions)",
                "\(account.validUntil ?? "always")",
                "\(account.isManaged ? "yes" : "no")",
                quiet(account.remark)
            )
        }
        return table.markup(orSay: "The server cannot be asked, or it has no account.")
    }

    private var databases: Markup {
        var table = MarkupTable("Databases", ["Database", "Owner", "Declared", "Remark"])
        for database in instance.databases {
            table.add(
                "\(database.name)",
                "\(database.owner)",
                "\(database.isManaged ? "yes" : "no")",
                quiet(database.remark)
            )
        }
        return table.markup(orSay: "The server cannot be asked, or it has no database.")
    }
}
