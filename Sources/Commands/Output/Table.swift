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
    func text(style: TerminalStyle) -> String {
        let lines = [header.map { $0.uppercased() }] + rows
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.enumerated()
            .map { number, line in
                var text = zip(line, widths)
                    .map { cell, width in
                        cell + String(repeating: " ", count: width - cell.count)
                    }
                    .joined(separator: "  ")
                while text.last == " " { text.removeLast() }
                return (number == 0 ? style.paint(text, .faint) : text) + "\n"
            }
            .joined()
    }
}
