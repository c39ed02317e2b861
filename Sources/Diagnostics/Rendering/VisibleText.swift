extension String {
    /// The text as a terminal may show it: what would act on it is written as `\u{1b}`.
    ///
    /// Names and values come from servers, where others chose them: a role may be called `ok\u{1b}[2K`.
    package var visible: String {
        guard unicodeScalars.contains(where: \.actsOnTerminals) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.actsOnTerminals {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// The text up to its first line break.
    package var firstLine: String { String(prefix { $0 != "\n" }) }

    /// The text as ``visible``, but for its line breaks and tabs: a message of several lines, as servers lay them out.
    package var visibleLines: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).replacing("\t", with: "  ").visible }
            .joined(separator: "\n")
    }
}

extension Unicode.Scalar {
    /// Whether it moves the cursor, colours, starts a line, or turns the direction of what follows: control characters, the
    /// separators of lines and paragraphs, and what embeds, overrides or isolates a direction (Unicode Standard Annex 9,
    /// section 2).
    var actsOnTerminals: Bool {
        switch value {
        case 0x00..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
