/// A text with marks (`1️⃣`, `2️⃣`, ...) where something is expected to point, and the same text without them.
package struct MarkedText: Sendable {
    /// Counted from 1, in characters.
    package struct Place: Hashable, Sendable, CustomStringConvertible {
        package var line: Int
        package var column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        package var description: String { "\(line):\(column)" }
    }

    package let text: String
    /// The place of each mark, by its number.
    package let places: [Int: Place]

    package init(_ marked: String) {
        var text = ""
        var places: [Int: Place] = [:]
        var line = 1
        var column = 1
        for character in marked {
            if let number = Self.number(of: character) {
                places[number] = Place(line: line, column: column)
                continue
            }
            text.append(character)
            if character.isNewline {
                line += 1
                column = 1
            } else {
                column += character.unicodeScalars.count
            }
        }
        self.text = text
        self.places = places
    }

    /// A keycap is a digit followed by U+FE0F and U+20E3.
    private static func number(of character: Character) -> Int? {
        let scalars = Array(character.unicodeScalars)
        guard scalars.count == 3, scalars[2].value == 0x20E3 else { return nil }
        return Int(String(scalars[0]))
    }
}
