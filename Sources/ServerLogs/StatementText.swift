/// The text of a statement without its values, so that statements that differ in those alone are one.
package enum StatementText {
    /// Returns the statement on one line, each value a question mark, lists of values as one, comments left out.
    package static func normalised(_ statement: String) -> String {
        var scanner = Scanner(bytes: Array(statement.utf8))
        scanner.run()
        return scanner.text
    }

    private struct Scanner {
        let bytes: [UInt8]
        var index = 0
        var result: [UInt8] = []

        init(bytes: [UInt8]) { self.bytes = bytes }

        var text: String {
            var end = result.count
            while end > 0, result[end - 1] == UInt8(ascii: " ") || result[end - 1] == UInt8(ascii: ";") { end -= 1 }
            return String(decoding: result[..<end], as: UTF8.self)
        }

        mutating func run() {
            while index < bytes.count {
                let byte = bytes[index]
                if " \t\n\r".utf8.contains(byte) {
                    addSpace()
                    index += 1
                } else if starts(with: "--") {
                    index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                } else if starts(with: "/*") {
                    skipComment()
                } else if byte == UInt8(ascii: "\"") {
                    copyIdentifier()
                } else if byte == UInt8(ascii: "'") {
                    skipLiteral(hasEscapes: false)
                } else if "eEbBxXnN".utf8.contains(byte), index + 1 < bytes.count,
                    bytes[index + 1] == UInt8(ascii: "'"),
                    !isWord(result.last)
                {
                    index += 1
                    skipLiteral(hasEscapes: byte | 0x20 == UInt8(ascii: "e"))
                } else if byte == UInt8(ascii: "$"), !isWord(result.last) {
                    skipDollar()
                } else if isDigit(byte), !isWord(result.last) {
                    while index < bytes.count, isWord(bytes[index]) || bytes[index] == UInt8(ascii: ".") { index += 1 }
                    addValue()
                } else {
                    result.append(byte)
                    index += 1
                }
            }
        }

        private func starts(with text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

        private mutating func addSpace() {
            if let last = result.last, last != UInt8(ascii: " ") { result.append(UInt8(ascii: " ")) }
        }

        /// One question mark for a value, and for a list of values.
        private mutating func addValue() {
            let mark = UInt8(ascii: "?")
            if result.suffix(3).elementsEqual("?, ".utf8) {
                result.removeLast(2)
            } else if result.suffix(2).elementsEqual("?,".utf8) {
                result.removeLast()
            } else if result.suffix(6).elementsEqual("(?), (".utf8) {
                // VALUES (1), (2): rows that all look the same are one.
                result.removeLast(4)
            } else {
                result.append(mark)
            }
        }

        private mutating func skipComment() {
            var depth = 0
            repeat {
                if starts(with: "/*") {
                    depth += 1
                    index += 2
                } else if starts(with: "*/") {
                    depth -= 1
                    index += 2
                } else {
                    index += 1
                }
            } while depth > 0 && index < bytes.count
            addSpace()
        }

        private mutating func copyIdentifier() {
            repeat {
                result.append(bytes[index])
                index += 1
            } while index < bytes.count && bytes[index] != UInt8(ascii: "\"")
            if index < bytes.count {
                result.append(bytes[index])
                index += 1
            }
        }

        private mutating func skipLiteral(hasEscapes: Bool) {
            index += 1
            while index < bytes.count {
                if hasEscapes, bytes[index] == UInt8(ascii: "\\") {
                    index += 2
                } else if bytes[index] == UInt8(ascii: "'") {
                    index += 1
                    guard index < bytes.count, bytes[index] == UInt8(ascii: "'") else { break }
                    index += 1
                } else {
                    index += 1
                }
            }
            addValue()
        }

        /// `$1`, or a literal between dollars.
        private mutating func skipDollar() {
            var end = index + 1
            while end < bytes.count, isWord(bytes[end]) { end += 1 }
            if end < bytes.count, bytes[end] == UInt8(ascii: "$") {
                let tag = bytes[index...end]
                var next = end + 1
                while next + tag.count <= bytes.count, !bytes[next..<(next + tag.count)].elementsEqual(tag) {
                    next += 1
                }
                index = min(bytes.count, next + tag.count)
            } else {
                index = end
            }
            addValue()
        }

        private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

        private func isWord(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return byte == UInt8(ascii: "_") || isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte > 0x7F
        }
    }
}
