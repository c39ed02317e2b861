/// A table with a caption; on a narrow screen each row becomes a card whose cells name their columns.
struct MarkupTable {
    /// What a screen reader announces, and a person reads above it.
    let caption: String
    /// Whether the caption is only for those who hear it, since a heading above says the same.
    var isCaptionHidden = true
    let columns: [String]
    private var rows: [[Markup]] = []

    init(_ caption: String, _ columns: [String]) {
        self.caption = caption
        self.columns = columns
    }

    /// Adds a row; its first cell is its heading.
    mutating func add(_ cells: Markup...) { rows.append(cells) }

    var isEmpty: Bool { rows.isEmpty }

    /// The roles are those that tags of tables have anyway; a narrow screen lays them out as blocks, and browsers then
    /// forget them.
    ///
    /// - Parameter nothing: Said instead of an empty table.
    func markup(orSay nothing: String) -> Markup {
        if rows.isEmpty { return "<p class=\"none\">\(nothing)</p>\n" }
        let heads = columns.map { "<th scope=\"col\" role=\"columnheader\">\($0)</th>" as Markup }
        let hidden: Markup = isCaptionHidden ? " class=\"heard\"" : ""
        return """
            <div class="table"><table role="table"><caption\(hidden)>\(caption)</caption>
            <thead role="rowgroup"><tr role="row">\(heads)</tr></thead>
            <tbody role="rowgroup">
            \(rows.map(row))</tbody></table></div>

            """
    }

    private func row(_ cells: [Markup]) -> Markup {
        let inner = zip(columns, cells).enumerated()
            .map { place, cell -> Markup in
                place == 0
                    ? "<th scope=\"row\" role=\"rowheader\">\(cell.1)</th>"
                    : "<td role=\"cell\" data-column=\"\(cell.0)\"><div>\(cell.1)</div></td>"
            }
        return "<tr role=\"row\">\(inner)</tr>\n"
    }
}
