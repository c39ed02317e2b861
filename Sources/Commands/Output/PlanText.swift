import Diagnostics
import FleetModel
import Resources

/// A plan for people: grouped by instance, every difference with the line that asks for it, then the order.
struct PlanText {
    let plan: Plan
    let style: TerminalStyle

    var text: String {
        guard !plan.changes.isEmpty else { return summary }
        var lines: [String] = []
        for group in Dictionary(grouping: plan.changes, by: \.resource.instance).sorted(by: { $0.key < $1.key }) {
            lines.append(style.paint(group.key.visible, .emphasis))
            for change in group.value { lines += self.lines(of: change) }
            lines.append("")
        }
        if !plan.actions.isEmpty {
            lines.append(style.paint("In this order:", .emphasis))
            lines += orderLines
            lines.append("")
        }
        return lines.joined(separator: "\n") + "\n" + summary + disruptionLines.map { $0 + "\n" }.joined()
    }

    /// Who is connected now to what is restarted, and what else comes into force with it.
    private var disruptionLines: [String] {
        plan.disruptions.flatMap { DisruptionText(disruption: $0).lines }.map { "  \($0)" }
    }

    private func lines(of change: Change) -> [String] {
        let (sign, verb, meaning) = Self.words(for: change)
        let place = change.source.map { "  " + style.paint($0.text, .faint) } ?? ""
        let impact = change.impact == .none ? "" : "  " + style.paint("[\(change.impact.rawValue)]", .warning)
        var lines = ["  \(style.paint("\(sign) \(verb) \(change.resource)".visible, meaning))\(impact)\(place)"]
        if let note = change.note { lines.append("      \(style.paint(note.visible, .faint))") }
        let width = change.differences.map(\.path.visible.count).max() ?? 0
        for difference in change.differences { lines.append(line(of: difference, width: width, in: change)) }
        return lines
    }

    private func line(of difference: Difference, width: Int, in change: Change) -> String {
        let path = difference.path.visible
        let name = path + String(repeating: " ", count: max(0, width - path.count))
        let values =
            switch (change.operation, difference.observed, difference.desired) {
            case (.create, _, let desired): Self.shown(desired)
            case (.none, let observed, _): Self.shown(observed)
            case (_, let observed, nil):
                "\(Self.shown(observed)) -> (\(Self.isRight(path, of: change) ? "revoked" : "put back"))"
            case (_, let observed, let desired): "\(Self.shown(observed)) -> \(Self.shown(desired))"
            }
        let impact = difference.impact == .none ? "" : "  " + style.paint("[\(difference.impact.rawValue)]", .warning)
        let pending = difference.isPendingRestart ?? false ? "  (waits for a restart since before)" : ""
        let place = difference.source == change.source ? nil : difference.source
        return "      \(name)  \(values)\(impact)\(pending)\(place.map { "  " + style.paint($0.text, .faint) } ?? "")"
    }

    private var orderLines: [String] {
        let numbers = Dictionary(plan.actions.enumerated().map { ($1.id, $0 + 1) }) { first, _ in first }
        let width = String(plan.actions.count).count
        return plan.actions.enumerated()
            .map { index, action in
                let number = String(index + 1)
                let after = action.prerequisites.compactMap { numbers[$0] }.sorted().map(String.init)
                    .joined(separator: ", ")
                let gap = String(repeating: " ", count: width - number.count)
                let impact = action.impact == .none ? "" : "  " + style.paint("[\(action.impact.rawValue)]", .warning)
                return
                    "  \(gap)\(number). \(action.summary.visible)\(impact)\(after.isEmpty ? "" : style.paint("  after \(after)", .faint))"
            }
    }

    /// The last line; says in words what an empty plan means.
    var summary: String {
        let counts = plan.summary
        if plan.isEmpty {
            let retained = counts.retain == 0 ? "" : " \(counts.retain) retained."
            return "Nothing to do: the servers are as the specifications say.\(retained)\n"
        }
        let retained = counts.retain == 0 ? "" : ", \(counts.retain) retained"
        return
            "Plan: \(counts.create) to create, \(counts.update) to change, \(counts.delete) to delete\(retained). \(impact)\n"
    }

    private var impact: String {
        let disruptive = plan.actions.filter { $0.impact >= .restart }
        guard !disruptive.isEmpty else {
            if plan.summary.impact == .reload { return "Impact: reload; sessions go on." }
            // On a server that others restart, what is written waits for them.
            return plan.summary.impact == .restart
                ? "Impact: none before the server is restarted by others." : "Impact: none."
        }
        let worst = plan.summary.impact.rawValue
        let names = Set(disruptive.filter { $0.resource.kind == "Instance" }.map(\.resource.instance)).sorted()
        let sessions = names.isEmpty ? "" : "; sessions of \(names.joined(separator: ", ")) are closed"
        return style.paint("Impact: \(worst)\(sessions).", .warning)
    }

    static func words(for change: Change) -> (sign: String, verb: String, meaning: TerminalStyle.Meaning) {
        switch change.operation {
        case .create: ("+", change.reason == .unfinished ? "finish creating" : "create", .create)
        case .update where change.reason == .unknownYet: ("?", "compare later", .update)
        case .update where change.reason == .stopped:
            ("~", change.impact >= .switchover ? "fail over" : "start", .update)
        case .update: ("~", "change", .update)
        case .delete: ("-", "delete", .delete)
        case .retain: ("!", "retain", .warning)
        case .none: (" ", "unmanaged", .faint)
        }
    }

    /// Whether an attribute is something that a role may do, and no value.
    private static func isRight(_ path: String, of change: Change) -> Bool {
        change.resource.kind == Grant.kind || path.hasPrefix("memberships.") || path.contains(": memberships.")
    }

    private static func shown(_ value: String?) -> String {
        guard let value else { return "(not set)" }
        return value.isEmpty ? "\"\"" : value.replacing("\n", with: "\\n").visible
    }
}
