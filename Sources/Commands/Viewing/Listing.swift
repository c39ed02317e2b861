/// Something that is listed: a row for people, itself as JSON, a name for scripts.
protocol Listable: Encodable {
    static var header: [String] { get }
    static var wideHeader: [String] { get }
    var row: [String] { get }
    var wideRow: [String] { get }
    var name: String { get }
}

extension Listable {
    static var wideHeader: [String] { header }
    var wideRow: [String] { row }
}

/// Prints lists.
enum Listing {
    private struct Document<Item: Encodable>: Encodable {
        var formatVersion = "1.0"
        var items: [Item]
    }

    /// - Parameter header: The names of columns; the items' own by default.
    static func print<Item: Listable>(
        _ items: [Item],
        as format: ListFormat,
        to terminal: Terminal,
        header: [String]? = nil
    ) throws {
        switch format {
        case .json: try terminal.write(json: Document(items: items))
        case .yaml: try terminal.write(yaml: Document(items: items))
        case .name: terminal.write(items.map { $0.name + "\n" }.joined())
        case .table, .wide:
            var table = Table(header ?? (format == .wide ? Item.wideHeader : Item.header))
            for item in items { table.add(format == .wide ? item.wideRow : item.row) }
            terminal.write(table.text(style: terminal.resultStyle, width: terminal.width))
        }
    }
}
