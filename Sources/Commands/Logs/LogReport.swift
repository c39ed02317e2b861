import Diagnostics
import ServerLogs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Prints entries of logs, and groups of slow statements.
struct LogReport {
    let instance: String
    let nodes: [Int]
    let style: TerminalStyle

    private struct Item: Encodable {
        var instance: String
        var node: Int
        var entry: LogEntry

        private enum Keys: String, CodingKey { case instance, node, time }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(instance, forKey: .instance)
            try container.encode(node, forKey: .node)
            try entry.encode(to: encoder)
            // With the fraction, which tells the order.
            try container.encodeIfPresent(entry.time.map(LogReport.time), forKey: .time)
        }
    }

    private struct Document<Item: Encodable>: Encodable {
        var formatVersion = "1.0"
        var items: [Item]
    }

    /// - Parameter isFollowed: Whether more comes: then JSON is one object a line, and a table has no widths to go by.
    func write(
        _ found: [LogReading.Found],
        as format: LogsShowCommand.Format,
        isFollowed: Bool,
        to terminal: Terminal
    ) throws {
        switch format {
        case .json:
            let items = found.map { Item(instance: instance, node: $0.node, entry: $0.entry) }
            guard isFollowed else { return try terminal.write(json: Document(items: items)) }
            for item in items { terminal.write(try JSONText.text(item, isPretty: false)) }
        case .table where !isFollowed:
            var table = Table(["time", "node", "severity", "user", "database", "ms", "text"])
            for (node, entry) in found {
                table.add([
                    Self.time(entry), String(node), entry.severity.rawValue, entry.user ?? "-", entry.database ?? "-",
                    entry.milliseconds.map(Self.milliseconds) ?? "-", Self.oneLine(entry),
                ])
            }
            terminal.write(table.text(style: style))
        case .text, .table: for (node, entry) in found { terminal.write(text(entry, node: node)) }
        }
    }

    func write(_ groups: [SlowStatements.Group], as format: LogsShowCommand.Format, to terminal: Terminal) throws {
        if format == .json { return try terminal.write(json: Document(items: groups)) }
        var table = Table(["calls", "total ms", "mean ms", "worst ms", "worst at", "databases", "statement"])
        for group in groups {
            table.add([
                String(group.calls), Self.milliseconds(group.totalMilliseconds),
                Self.milliseconds(group.meanMilliseconds), Self.milliseconds(group.worstMilliseconds),
                group.worstTime.map { $0.formatted(.iso8601) } ?? "-", group.databases.joined(separator: ","),
                group.statement,
            ])
        }
        terminal.write(table.text(style: style))
    }

    /// One entry on as many lines as it has; the node only where there are several.
    private func text(_ entry: LogEntry, node: Int) -> String {
        let who = entry.user.map { user in
            "\(user)@\(entry.database ?? "?")\(entry.application.map { " (\($0))" } ?? "")".visible
        }
        let head = [
            style.paint(Self.time(entry), .faint), nodes.count > 1 ? "node \(node)" : nil,
            entry.processID.map { "[\($0)]" }, who, severity(entry),
        ]
        .compactMap(\.self).joined(separator: " ")
        var lines = ["\(head) \(Self.indented(entry.message))"]
        let parts = [
            ("statement", entry.statement), ("detail", entry.detail), ("hint", entry.hint), ("context", entry.context),
        ]
        for (name, text) in parts { if let text { lines.append("  \(name): \(Self.indented(text))") } }
        return lines.joined(separator: "\n") + "\n"
    }

    private func severity(_ entry: LogEntry) -> String {
        switch entry.severity {
        case .error, .fatal, .panic: style.paint(entry.severity.rawValue.uppercased(), .error)
        case .warning: style.paint("WARNING", .warning)
        default: entry.severity.rawValue.uppercased()
        }
    }

    /// What others wrote must not act on the terminal, nor look like an entry of its own.
    private static func indented(_ text: String) -> String { text.visibleLines.replacing("\n", with: "\n    ") }

    private static func oneLine(_ entry: LogEntry) -> String {
        let text = entry.milliseconds != nil ? entry.statement ?? entry.message : entry.message
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func time(_ entry: LogEntry) -> String { entry.time.map(time) ?? "-" }

    private static func time(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    static func milliseconds(_ value: Double) -> String { String((value * 10).rounded() / 10) }
}
