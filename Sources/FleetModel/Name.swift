/// A name as PostgreSQL keeps and compares it: byte by byte.
///
/// Swift's `String` calls two texts equal that are spelled with other scalars, such as an é of one scalar and an é of two
/// (Unicode's canonical equivalence); to a server these are two roles, two databases, two schemas. As a property wrapper,
/// `@Name var grantee: String`, it lets a value that holds a name compare, hash and sort by bytes; alone it is the key of
/// dictionaries and sets of names.
@propertyWrapper
package struct Name: Hashable, Sendable {
    package var wrappedValue: String

    package init(wrappedValue: String) { self.wrappedValue = wrappedValue }

    package init(_ text: String) { wrappedValue = text }

    /// The name as it is shown and sent.
    package var text: String { wrappedValue }

    /// Equal bytes have equal texts, so that hashing the text, which the compiler writes, fits.
    package static func == (left: Name, right: Name) -> Bool {
        left.wrappedValue == right.wrappedValue && left.wrappedValue.utf8.elementsEqual(right.wrappedValue.utf8)
    }
}

extension Name: Comparable {
    /// The order of texts; those that are equal as texts are ordered by their bytes.
    package static func < (left: Name, right: Name) -> Bool {
        left.wrappedValue == right.wrappedValue
            ? left.wrappedValue.utf8.lexicographicallyPrecedes(right.wrappedValue.utf8)
            : left.wrappedValue < right.wrappedValue
    }
}

extension Name: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

extension Name: CustomStringConvertible {
    package var description: String { wrappedValue }
}

extension Name: Codable {
    package init(from decoder: any Decoder) throws {
        wrappedValue = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}

extension String {
    /// Whether two texts are one name to a server.
    package func isSameName(as other: String?) -> Bool { other.map { Name($0) == Name(self) } ?? false }
}

// MARK: In texts

extension Name {
    /// The name for a text in which names stand between slashes: `%`, `/` and accents that are scalars of their own are
    /// written as `%` and two digits for each byte.
    ///
    /// Two names have two texts, also as `String` compares them: what is left unescaped has no other spelling. A scalar has
    /// one only when it is excluded from composition, or is, or composes with, a mark or a jamo (Unicode Standard Annex 15).
    package var escaped: String {
        // Names hardly ever hold such a scalar, and a large fleet has many names.
        let isPlain = wrappedValue.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "/") }
        if isPlain { return wrappedValue }
        var result = ""
        for scalar in wrappedValue.unicodeScalars {
            if Self.mustBeEscaped(scalar) {
                for byte in String(scalar).utf8 {
                    result += "%" + Self.digits[Int(byte >> 4)] + Self.digits[Int(byte & 15)]
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Reads the form of ``escaped``.
    package init(escaped text: some StringProtocol) {
        guard text.utf8.contains(UInt8(ascii: "%")) else {
            self.init(String(text))
            return
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    private static let digits = "0123456789ABCDEF".map(String.init)

    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar == "%" || scalar == "/" }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return !properties.isVariationSelector
        default: return properties.isFullCompositionExclusion || (0x1100...0x11FF).contains(scalar.value)
        }
    }
}
