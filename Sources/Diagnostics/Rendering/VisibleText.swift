extension String {
    /// The text as a terminal may show it: what would move the cursor, colour, start a line or turn the direction of what
    /// follows is written as `\u{1b}`.
    ///
    /// Names and values come from servers, where others chose them: a role may be called `ok\u{1b}[2K`.
    package var visible: String {
        guard unicodeScalars.contains(where: Self.isActive) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if Self.isActive(scalar) {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// Control characters, the separators of lines and paragraphs, and what embeds, overrides or isolates a direction
    /// (Unicode Standard Annex 9, section 2).
    private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
