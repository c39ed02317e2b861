import Diagnostics
import FleetModel

/// A plan as a comment for a pull request.
struct PlanMarkdown {
    let plan: Plan

    var text: String {
        let counts = plan.summary
        var lines = [
            "## pgsteer plan",
            "",
            plan.isEmpty
                ? "Nothing to do: the servers are as the specifications say."
                : "**\(counts.create)** to create, **\(counts.update)** to change, **\(counts.delete)** to delete, "
                    + "**\(counts.retain)** retained. Impact: **\(counts.impact.rawValue)**.",
            "",
        ]
        let groups = Dictionary(grouping: plan.changes, by: \.resource.instance)
            .sorted { left, right in
                let impacts = (left.value.map(\.impact).max() ?? .none, right.value.map(\.impact).max() ?? .none)
                return impacts.0 == impacts.1 ? left.key < right.key : impacts.0 > impacts.1
            }
        for group in groups { lines += section(group.key, group.value) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ instance: String, _ changes: [Change]) -> [String] {
        let impact = changes.map(\.impact).max() ?? .none
        var lines = [
            "<details><summary><b>\(MarkdownTable.escaped(instance))</b>: \(changes.count) changes, impact \(impact.rawValue)</summary>",
            "",
            "| change | attribute | observed | desired | impact | line |",
            "|---|---|---|---|---|---|",
        ]
        for change in changes { lines += rows(of: change) }
        let actions = plan.actions.filter { $0.resource.instance == instance }
        if !actions.isEmpty {
            lines.append("")
            lines += actions.enumerated()
                .map {
                    "\($0 + 1). \(MarkdownTable.escaped($1.summary))\($1.impact == .none ? "" : " **[\($1.impact.rawValue)]**")"
                }
        }
        return lines + ["", "</details>", ""]
    }

    private func rows(of change: Change) -> [String] {
        let head = "\(change.operation.rawValue) \(change.resource)"
        if change.differences.isEmpty {
            let note = change.note.map { " (\($0))" } ?? ""
            return [MarkdownTable.row([head + note, "", "", "", change.impact.rawValue, change.source?.text ?? ""])]
        }
        return change.differences.map { difference in
            MarkdownTable.row([
                head, difference.path, difference.observed ?? "", difference.desired ?? "",
                difference.impact.rawValue, (difference.source ?? change.source)?.text ?? "",
            ])
        }
    }
}
