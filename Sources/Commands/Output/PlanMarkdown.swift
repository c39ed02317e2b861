import Diagnostics
import FleetModel

/// A plan as a comment for a pull request: what disturbs most comes first, and what does not fit is counted.
struct PlanMarkdown {
    /// GitHub takes 65,536 characters in a comment; a part is kept for what a workflow writes around it.
    static let longest = 65_000

    /// Nil when nothing could be planned.
    let plan: Plan?
    /// What was found besides: errors keep the plan from being applied.
    var diagnostics: [Diagnostic] = []
    /// Why nothing could be planned, where no diagnostic says it.
    var failure: String?
    var limit = longest

    /// What finds the comment of an earlier run, so that it can be replaced.
    static let mark = "<!-- pgsteer plan -->"

    var text: String {
        var text = "\(Self.mark)\n## pgsteer plan\n\n\(headline)\n\n\(findings)"
        guard let plan else { return text }
        let groups = Dictionary(grouping: plan.changes, by: \.resource.instance).map { Section(plan, of: $0, $1) }
            .sorted { ($1.impact, $0.instance) < ($0.impact, $1.instance) }
        var left = groups[...]
        // What says how much is missing has to fit as well.
        let room = limit - 400
        while let section = left.first {
            guard let part = section.text(within: room - text.utf8.count) else { break }
            text += part
            left.removeFirst()
        }
        return text + rest(left)
    }

    private var headline: String {
        let isRefused = diagnostics.contains { $0.severity == .error }
        guard let plan, !(isRefused && plan.isEmpty) else {
            return "**Nothing could be planned.**" + (failure.map { "\n\n" + Self.line($0) } ?? "")
        }
        let counts = plan.summary
        let sentence =
            plan.isEmpty
            ? "Nothing to do: the servers are as the specifications say."
            : "**\(counts.create)** to create, **\(counts.update)** to change, **\(counts.delete)** to delete, "
                + "**\(counts.retain)** retained. Impact: **\(counts.impact.rawValue)**."
        return isRefused ? "**apply refuses this plan.** " + sentence : sentence
    }

    /// Errors first; a part of the room is theirs.
    private var findings: String {
        let errors = diagnostics.filter { $0.severity == .error }
        let lines = (errors + diagnostics.filter { $0.severity == .warning }).map(Self.line)
        guard !lines.isEmpty else { return "" }
        var room = limit / 3
        return Section.fitting(lines, into: &room, "\n… and %n more; `pgsteer plan` shows everything\n") + "\n"
    }

    private static func line(_ diagnostic: Diagnostic) -> String {
        let place = diagnostic.range.map { "`\($0.location)` " } ?? ""
        let help = diagnostic.help.map { " " + line($0) } ?? ""
        return "- \(diagnostic.severity.rawValue) \(diagnostic.code.id) \(place)\(line(diagnostic.detail))\(help)\n"
    }

    private static func line(_ text: String) -> String { MarkdownTable.escaped(String(text.prefix(2000))) }

    private func rest(_ sections: ArraySlice<Section>) -> String {
        if sections.isEmpty { return "" }
        let names = sections.prefix(3).map { MarkdownTable.escaped(String($0.instance.prefix(60))) }
            .joined(separator: ", ")
        let more = sections.count > 3 ? " and \(sections.count - 3) more" : ""
        return "_Left out, because a comment has an end: \(names)\(more). `pgsteer plan` shows everything._\n"
    }

    /// One instance: its differences, its actions, and who is connected.
    private struct Section {
        let instance: String
        let impact: Impact
        private let changes: [Change]
        private let actions: [Action]
        /// Sessions that are closed, and seconds since the longest of their transactions began.
        private let sessions: Int
        private let longest: Double?
        /// What a restart brings into force besides.
        private let pending: String?

        init(_ plan: Plan, of instance: String, _ changes: [Change]) {
            self.instance = instance
            // What disturbs most comes first; changes that disturb alike stay in the order of the plan.
            self.changes = changes.enumerated()
                .sorted { ($1.element.impact, $0.offset) < ($0.element.impact, $1.offset) }
                .map(\.element)
            actions = plan.actions.filter { $0.resource.instance == instance }
            let closed = plan.disruptions.filter { $0.instance == instance }.flatMap(\.sessions)
            sessions = closed.reduce(0) { $0 + $1.count }
            longest = closed.compactMap(\.longestTransactionSeconds).max()
            pending = plan.disruptions.first { $0.instance == instance }
                .flatMap { DisruptionText(disruption: $0).pending(most: 10) }
            impact = changes.map(\.impact).max() ?? .none
        }

        /// Returns as many lines as fit into some bytes; nil when not even a few do.
        func text(within bytes: Int) -> String? {
            let kept = changes.count { $0.operation == .retain }
            let changed = changes.count - kept
            let count = (changed == 1 ? "1 change" : "\(changed) changes") + (kept == 0 ? "" : ", \(kept) retained")
            let open = longest.map { ", the longest transaction for \(FigureText.duration($0))" } ?? ""
            let connected = sessions == 0 ? "" : ", \(FigureText.count(sessions, "session")) now\(open)"
            let head = """
                <details><summary><b>\(MarkdownTable.escaped(instance))</b>: \(count), impact \(impact.rawValue)\(connected)</summary>

                | change | attribute | observed | desired | impact | line |
                |---|---|---|---|---|---|

                """
            let others = pending.map {
                "\nThe restart also brings into force what others have set: \(MarkdownTable.escaped($0))\n"
            }
            let foot = "\(others ?? "")\n</details>\n\n"
            var room = bytes - head.utf8.count - foot.utf8.count - 200
            guard room > 0 else { return nil }
            let table = Self.fitting(changes.flatMap(rows), into: &room, "| … %n more | | | | | |\n")
            let steps = actions.enumerated().map(step)
            let order = steps.isEmpty ? "" : "\n" + Self.fitting(steps, into: &room, "\n… and %n more steps\n")
            return table.isEmpty && !changes.isEmpty ? nil : head + table + order + foot
        }

        static func fitting(_ lines: [String], into room: inout Int, _ note: String) -> String {
            var text = ""
            for (index, line) in lines.enumerated() {
                guard line.utf8.count < room else {
                    return text + note.replacing("%n", with: String(lines.count - index))
                }
                text += line
                room -= line.utf8.count
            }
            return text
        }

        private func step(_ index: Int, _ action: Action) -> String {
            let impact = action.impact == .none ? "" : " **[\(action.impact.rawValue)]**"
            return "\(index + 1). \(MarkdownTable.escaped(action.summary))\(impact)\n"
        }

        private func rows(of change: Change) -> [String] {
            let head = "\(change.operation.rawValue) \(change.resource)"
            if change.differences.isEmpty {
                let note = change.note.map { " (\($0))" } ?? ""
                return [
                    MarkdownTable.row([head + note, "", "", "", change.impact.rawValue, change.source?.text ?? ""])
                        + "\n"
                ]
            }
            return change.differences.map { difference in
                MarkdownTable.row([
                    head, difference.path, difference.observed ?? "", difference.desired ?? "",
                    difference.impact.rawValue, (difference.source ?? change.source)?.text ?? "",
                ]) + "\n"
            }
        }
    }
}
