/// Colours for a terminal, or none; the layout never depends on it.
package enum TerminalStyle: Sendable {
    case plain
    case ansi

    /// What a piece of text means; each meaning has one look everywhere.
    package enum Meaning: Sendable {
        case error
        case warning
        case good
        case create
        case update
        case delete
        case emphasis
        case faint
    }

    /// Returns the text in the meaning's colour, or unchanged when plain or empty.
    package func paint(_ text: String, _ meaning: Meaning) -> String {
        guard self == .ansi, !text.isEmpty else { return text }
        let code =
            switch meaning {
            case .error, .delete: "1;31"
            case .warning: "1;33"
            case .good, .create: "32"
            case .update: "33"
            case .emphasis: "1"
            case .faint: "2"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
