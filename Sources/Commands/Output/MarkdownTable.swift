/// Rows of Markdown tables.
enum MarkdownTable {
    static func row(_ cells: [String]) -> String { "| " + cells.map(escaped).joined(separator: " | ") + " |" }

    /// Names and values come from specifications and servers: none of them may end a cell, start a
    /// tag or a link, or call somebody.
    static func escaped(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: " ")
            .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("@", with: "&#64;").replacing("|", with: "\\|").replacing("`", with: "\\`")
            .replacing("*", with: "\\*").replacing("[", with: "\\[")
    }
}
