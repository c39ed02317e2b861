import Diagnostics

/// Lines in columns, for people.
struct Table {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) {
        self.header = header
    }

    mutating func add(_ row: [String]) { rows.append(row.map(\.visible)) }

    /// The columns two spaces apart, the header in upper case; nothing but a header when there are no rows.
    ///
    /// - Parameter width: Characters of a line; what does not fit is cut, the widest columns first. Nil for no limit.
    func text(style: TerminalStyle, width: Int? = nil) -> String {
        let lines = [header.map { $0.uppercased() }] + rows
        let natural = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let widths = width.map { Self.fitted(natural, into: $0) } ?? natural
        return lines.enumerated()
            .map { number, line in
                var text = zip(line, widths)
                    .map { cell, width in
                        let cell = cell.count > width ? cell.prefix(width - 1) + "…" : cell[...]
                        return cell + String(repeating: " ", count: width - cell.count)
                    }
                    .joined(separator: "  ")
                while text.last == " " { text.removeLast() }
                return (number == 0 ? style.paint(text, .faint) : text) + "\n"
            }
            .joined()
    }

    /// Takes from the widest columns until a line fits; no column gets so narrow that it says nothing.
    private static func fitted(_ widths: [Int], into width: Int) -> [Int] {
        let least = 8
        var widths = widths
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > least {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
