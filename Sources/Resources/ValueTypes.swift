import Backups
import Diagnostics
package import FleetModel
package import SpecSchema
import YAMLSyntax

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
package import Foundation
#endif

extension ValueType where Value == ByteCount {
    /// A size such as `2GiB`.
    package static func size(_ range: ClosedRange<ByteCount>) -> ValueType {
        ValueType<String>.text(named: "size", pattern: "^[0-9]+(\\.[0-9]+)? *([KkMmGgTt]([Ii]?[Bb])?|[Bb])?$")
            .map { text, place, collector in
                guard let size = ByteCount(text) else {
                    collector.emitBadValue(
                        "\"\(text)\" is no size.",
                        at: place,
                        help: "write a number and a unit: 512MiB, 2GiB"
                    )
                    return nil
                }
                guard range.contains(size) else {
                    let isNumber = text.allSatisfy(\.isNumber)
                    collector.emitBadValue(
                        "\(text)\(isNumber ? " bytes" : "") is outside \(range.lowerBound) to \(range.upperBound).",
                        at: place,
                        help: isNumber ? "write the unit behind it: \(text)GiB" : nil
                    )
                    return nil
                }
                return size
            }
    }
}

/// A point in time, or none: PostgreSQL's `infinity`.
package enum Expiry: Hashable, Sendable, Codable {
    case never
    /// Seconds since 1970-01-01T00:00:00Z.
    case at(Int)

    /// What stands for PostgreSQL's `-infinity`: the first moment that its clock knows, in 4713 BC.
    static let longAgo = -210_866_803_200
}

extension Expiry: CustomStringConvertible {
    package var description: String {
        switch self {
        case .never: "infinity"
        case .at(Self.longAgo): "-infinity"
        case .at(let seconds): Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        }
    }
}

extension ValueType where Value == Expiry {
    /// A time with its zone, or `infinity`.
    package static var expiry: ValueType {
        ValueType<String>.text(named: "time with zone, or infinity")
            .map { text, place, collector in
                text == "infinity"
                    ? .never : collector.time(text, at: place, or: "infinity").map { .at($0) }
            }
    }
}

extension DiagnosticCollector {
    /// Returns the seconds since 1970-01-01T00:00:00Z of a time with its zone; tells what else could be written, besides
    /// the word that stands for no time at all.
    mutating func time(_ text: String, at place: SourceRange, or word: String) -> Int? {
        if !text.contains("."), let seconds = Moment.seconds(text) { return seconds }
        emitBadValue(
            "\"\(text)\" is no time of the calendar, in whole seconds and with a zone.",
            at: place,
            help: "write it as 2027-01-31T00:00:00Z or 2027-01-31T08:00:00+08:00, or \(word)"
        )
        return nil
    }
}

extension ValueType where Value == Int {
    /// A time span of whole seconds: `30s`, `5m`, `1h`.
    static var seconds: ValueType {
        ValueType<String>.text(named: "time span", pattern: "^[1-9][0-9]{0,5}[smh]$")
            .map { text, place, collector in
                let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
                guard let factor = text.last.flatMap({ factors[$0] }), let number = Int(text.dropLast()),
                    (1...999_999).contains(number)
                else {
                    collector.emitBadValue(
                        "\"\(text)\" is no time span.",
                        at: place,
                        help: "write a number and s, m or h: 30s, 5m, 1h"
                    )
                    return nil
                }
                return number * factor
            }
    }
}

extension ValueType where Value == SecretReference {
    /// `{ env: NAME }` or `{ file: PATH }`.
    package static var secretReference: ValueType {
        let reference = ValueType<SecretReferenceSpec>.object(SecretReferenceSpec.schema)
            .map { spec, place, _ in
                spec.env.map { SecretReference.environment($0.value) }
                    ?? spec.file.map { .file(resolved($0.value, beside: place.file.path)) }
            }
        return ValueType(reference.shape) { node, collector in
            guard let scalar = node.scalar, !scalar.isNull else { return reference.decode(node, &collector) }
            let help =
                variable(scalar.text).map { "write { env: \($0) }" }
                ?? "write { env: NAME } or { file: PATH }; the secret itself never stands in a specification"
            collector.emitWrongType(node, expected: "a mapping (secret reference)", help: help)
            return nil
        }
    }

    /// The variable that a text stands for as a shell writes it: `$NAME`, `${NAME}`; nil for any other text, which may be
    /// the secret itself.
    private static func variable(_ text: String) -> String? {
        text.wholeMatch(of: #/\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)\})/#)
            .flatMap { $0.output.1 ?? $0.output.2 }
            .map(String.init)
    }

    /// Two specifications in different folders may use the same relative path for two different files.
    private static func resolved(_ path: String, beside specification: String) -> String {
        guard !path.hasPrefix("/"), let slash = specification.lastIndex(of: "/") else { return path }
        return specification[...slash] + path
    }
}

/// A reference to a secret as written.
package struct SecretReferenceSpec: Sendable {
    var env: Located<String>?
    var file: Located<String>?

    static let schema = ObjectSchema<SecretReferenceSpec>(
        "secret reference",
        "Where the secret is kept. The value itself never stands in a specification.",
        refused: [
            "value": "a secret's value does not belong into a specification; name a file or an environment variable"
        ],
        isChoice: true,
        make: { _ in SecretReferenceSpec() },
        fields: [
            Field("env", \.env, .environmentVariable, "The name of an environment variable."),
            Field(
                "file",
                \.file,
                .text,
                "A file; its first line is the secret. The path counts from the folder of the specification."
            ),
        ]
    )
}

extension ValueType where Value == String {
    fileprivate static var environmentVariable: ValueType {
        .text(named: "variable name", pattern: "^[A-Za-z_][A-Za-z0-9_]*$") { name in
            let isName =
                name.utf8.allSatisfy { Rules.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
                && !(name.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true)
            return isName ? nil : "\"\(name)\" is no name of an environment variable."
        }
    }
}
