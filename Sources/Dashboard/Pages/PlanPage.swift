import Diagnostics
import FleetModel
import Reconciliation

/// What is to be done and has not been, and whom it would disturb.
struct PlanPage {
    let facts: FleetFacts

    var page: Page {
        let pending = facts.instances.compactMap { instance -> (InstanceFacts, Plan)? in
            instance.plan.flatMap { plan in plan.changes.isEmpty && plan.isEmpty ? nil : (instance, plan) }
        }
        guard !pending.isEmpty else {
            return Page(
                title: "Plan",
                place: .plan,
                content: "<p class=\"none\">Nothing to do: the servers are as the specifications say.</p>\n"
            )
        }
        // What disturbs most is read first.
        let sorted = pending.sorted { ($1.1.summary.impact, $0.0.name) < ($0.1.summary.impact, $1.0.name) }
        return Page(title: "Plan", place: .plan, content: "\(sorted.map { section($0, $1) })")
    }

    private func section(_ instance: InstanceFacts, _ plan: Plan) -> Markup {
        let wait: Markup =
            instance.foremost.map { condition in
                condition.type == .ready && condition.isTrue
                    ? .nothing : "<p>\(Badge.of(condition)) \(condition.message)</p>\n"
            } ?? .nothing
        return """
            <section aria-labelledby="\(Markup.pathPart(instance.name))">
            <h2 id="\(Markup.pathPart(instance.name))">\(Markup.link(toInstance: instance.name)) \(Badge.impact(plan.summary.impact.rawValue))</h2>
            \(wait)\(PlanList(plan: plan, drift: Set(instance.drift)).markup)</section>

            """
    }
}

/// A plan's changes, its actions in their order, and the sessions that they close.
struct PlanList {
    let plan: Plan
    /// What somebody else changed.
    let drift: Set<String>

    var markup: Markup { "\(changes)\(actions)\(disruptions)" }

    private var changes: Markup {
        var table = MarkupTable("Changes", ["Attribute", "Observed", "Desired", "Impact", "Asked for at"])
        for change in plan.changes {
            let head: Markup = "<strong>\(change.operation.rawValue)</strong> \(change.resource.description)"
            let note: Markup = change.note.map { "<small>\($0)</small>" } ?? .nothing
            guard !change.differences.isEmpty else {
                table.add("\(head)\(note)", "", "", Badge.impact(change.impact.rawValue), place(change.source?.text))
                continue
            }
            for difference in change.differences {
                let isDrift = drift.contains("\(change.resource) \(difference.path)")
                let mark: Markup = isDrift ? " \(Badge.markup("warn", "◐", "drifted"))" : .nothing
                table.add(
                    "\(difference.path)\(mark)<small>\(head)</small>\(note)",
                    value(difference.observed),
                    value(difference.desired),
                    Badge.impact(difference.impact.rawValue),
                    place((difference.source ?? change.source)?.text)
                )
            }
        }
        return table.markup(orSay: "No change.")
    }

    private var actions: Markup {
        guard !plan.actions.isEmpty else { return .nothing }
        let items = plan.actions.map { action -> Markup in
            let impact: Markup = action.impact == .none ? .nothing : " \(Badge.impact(action.impact.rawValue))"
            return "<li>\(action.summary)\(impact)</li>\n"
        }
        return "<h3>In this order</h3>\n<ol>\n\(items)</ol>\n"
    }

    private var disruptions: Markup {
        let rows = plan.disruptions.flatMap { disruption in disruption.sessions + disruption.replication }
        guard !rows.isEmpty else { return "\(prepared)\(pending)" }
        var table = MarkupTable(
            "Sessions that this closes",
            ["Database", "Account", "Program", "Sessions", "In transactions", "Longest"]
        )
        table.isCaptionHidden = false
        for row in rows {
            let longest = row.longestTransactionSeconds.map(Shown.duration) ?? ""
            table.add(
                "\(row.database)",
                "\(row.user)",
                "\(row.application)",
                "\(row.count)",
                "\(row.openTransactions ?? 0)",
                "\(longest)"
            )
        }
        return "\(table.markup(orSay: ""))\(prepared)\(pending)"
    }

    private var prepared: Markup {
        let transactions = plan.disruptions.flatMap { $0.preparedTransactions ?? [] }
        guard !transactions.isEmpty else { return .nothing }
        var table = MarkupTable(
            "Prepared transactions that a restart leaves, with their locks",
            ["Name", "Database", "Account", "Prepared for"]
        )
        table.isCaptionHidden = false
        for row in transactions {
            table.add("\(row.name)", "\(row.database)", "\(row.user)", "\(Shown.duration(row.seconds))")
        }
        return table.markup(orSay: "")
    }

    private var pending: Markup {
        let parameters = plan.disruptions.flatMap { $0.pendingParameters ?? [] }
        guard !parameters.isEmpty else { return .nothing }
        var table = MarkupTable(
            "What others have set and the restart brings into force as well",
            ["Parameter", "Now", "After the restart"]
        )
        table.isCaptionHidden = false
        for row in parameters { table.add("\(row.name)", value(row.observed), value(row.pending ?? "another value")) }
        return table.markup(orSay: "")
    }

    private func value(_ text: String?) -> Markup {
        text.map { $0.isEmpty ? "<span class=\"quiet\">empty</span>" : "<code>\($0)</code>" }
            ?? "<span class=\"quiet\">nothing</span>"
    }

    private func place(_ text: String?) -> Markup {
        text.map { "<code>\($0)</code>" } ?? "<span class=\"quiet\">no line</span>"
    }
}
