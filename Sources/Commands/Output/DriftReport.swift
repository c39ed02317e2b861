import Diagnostics
import FleetModel
import Planning

/// Drift in the forms that people and programs read.
struct DriftReport {
    let drift: Drift
    let style: TerminalStyle

    private struct Document: Encodable {
        var formatVersion = "1.0"
        var drift: [Drift.Item]
        var ignored: [Drift.Item]
        var pending: [Drift.Item]
        var untold: [Drift.Untold]
    }

    func write(_ format: DriftFormat, to terminal: Terminal) throws {
        switch format {
        case .text: terminal.write(text)
        case .json:
            try terminal.write(
                json: Document(
                    drift: drift.items,
                    ignored: drift.ignored,
                    pending: drift.pending,
                    untold: drift.untold
                )
            )
        case .markdown: terminal.write(markdown)
        case .github: terminal.write(GitHubAnnotations.render(diagnostics))
        case .sarif: try terminal.write(json: SARIFLog(diagnostics))
        }
    }

    // MARK: For people

    private var text: String {
        var lines: [String] = []
        for group in Dictionary(grouping: drift.items, by: \.resource.instance).sorted(by: { $0.key < $1.key }) {
            lines.append(style.paint(group.key.visible, .emphasis))
            for item in group.value { lines += self.lines(of: item) }
            lines.append("")
        }
        lines += drift.untold.flatMap(Self.lines)
        lines += drift.ignored.map(Self.leftBe)
        if !drift.pending.isEmpty {
            let names = Set(drift.pending.map(\.resource.description.visible)).sorted()
            let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
            lines.append("not applied yet: \(shown); see pgsteer plan")
        }
        lines.append(summary)
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(of item: Drift.Item) -> [String] {
        let place = item.source.map { "  " + style.paint($0.text, .faint) } ?? ""
        let impact = item.impact == .none ? "" : "  " + style.paint("[\(item.impact.rawValue)]", .warning)
        let attribute = item.attribute.isEmpty ? "" : "  \(item.attribute.visible)"
        let line =
            "  \(style.paint("~ \(item.resource)".visible, .update))\(attribute)  \(Self.values(item))\(impact)\(place)"
        if let origin = item.origin { return [line, "      by \(origin.visible)"] }
        return [line] + (item.applied.map { ["      after \($0.visible)"] } ?? [])
    }

    private static func lines(of untold: Drift.Untold) -> [String] {
        let things = untold.count == 1 ? "one difference" : "\(untold.count) differences"
        let start = "\(untold.instance): who made \(things) is not told"
        let connected = untold.connected.isEmpty ? [] : ["  connected now: \(untold.connected.joined(separator: "; "))"]
        return ([start + ": " + untold.reasons.joined(separator: "; ")] + connected).map(\.visible)
    }

    private var summary: String {
        guard !drift.isEmpty else { return "No drift: the servers are as they were left." }
        let resources = Set(drift.items.map(\.resource)).count
        return
            "Drift: \(drift.items.count) \(drift.items.count == 1 ? "difference" : "differences") in \(resources) \(resources == 1 ? "resource" : "resources"); pgsteer apply puts it right."
    }

    private static func values(_ item: Drift.Item) -> String {
        "\(item.desired ?? "(not set)") was left, \(item.observed ?? "(not set)") is found".visible
    }

    /// Why drift is let be.
    private static func leftBe(_ item: Drift.Item) -> String {
        "let be: \(phrase(item)), because \(item.reason ?? "")".visible
    }

    private static func phrase(_ item: Drift.Item) -> String {
        (item.attribute.isEmpty ? item.resource.description : "\(item.resource) \(item.attribute)").visible
    }

    // MARK: For programs

    private var markdown: String {
        var lines = ["## pgsteer drift", "", drift.isEmpty ? summary : "**\(summary)**", ""]
        if !drift.items.isEmpty {
            lines += ["| resource | attribute | left | found | impact | by | line |", "|---|---|---|---|---|---|---|"]
            lines += drift.items.map { item in
                MarkdownTable.row([
                    item.resource.description, item.attribute, item.desired ?? "", item.observed ?? "",
                    item.impact.rawValue, item.origin ?? "", item.source?.text ?? "",
                ])
            }
            if !drift.ignored.isEmpty { lines.append("") }
        }
        lines += drift.ignored.map { "- " + MarkdownTable.escaped(Self.leftBe($0)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var diagnostics: [Diagnostic] {
        drift.items.map { item in
            let range = item.source.map(SourceRange.init)
            let origin = item.origin.map { " By \($0)." } ?? ""
            return Diagnostic(
                .drift,
                "\(Self.phrase(item)): \(Self.values(item)).\(origin)",
                at: range,
                severity: .warning,
                help: "pgsteer apply puts it right"
            )
        }
    }
}
