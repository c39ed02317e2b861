/// Rows of Markdown tables.
enum MarkdownTable {
    static func row(_ cells: [String]) -> String { "| " + cells.map(escaped).joined(separator: " | ") + " |" }

    /// Names and values come from specifications and servers: none of them may end a cell or start a tag.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("|", with: "\\|").replacing("\n", with: " ").replacing("`", with: "\\`")
            .replacing("*", with: "\\*")
    }
}
