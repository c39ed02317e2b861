/// Diagnostics as a SARIF 2.1.0 log, for code scanning pages.
package struct SARIFLog: Encodable, Sendable {
    struct Run: Encodable, Sendable {
        var tool: Tool
        /// Columns count Unicode code points, as libyaml's marks do.
        var columnKind = "unicodeCodePoints"
        var results: [Result]
    }

    struct Tool: Encodable, Sendable {
        var driver: Driver
    }

    struct Driver: Encodable, Sendable {
        var name = "pgsteer"
        var rules: [Rule]
    }

    struct Rule: Encodable, Sendable {
        var id: String
        var shortDescription: Message
    }

    struct Message: Encodable, Sendable {
        var text: String
    }

    struct Result: Encodable, Sendable {
        var ruleId: String
        var level: String
        var message: Message
        var locations: [Location]
        var relatedLocations: [Location]
    }

    struct Location: Encodable, Sendable {
        var message: Message?
        var physicalLocation: PhysicalLocation

        init(_ range: SourceRange, message: String? = nil) {
            self.message = message.map(Message.init)
            physicalLocation = PhysicalLocation(
                artifactLocation: Artifact(uri: Self.relativeReference(range.file.path)),
                region: Region(
                    startLine: range.line,
                    startColumn: range.column,
                    endLine: range.endLine,
                    endColumn: range.endColumn
                )
            )
        }

        /// A path as a URI reference: everything but unreserved characters and `/` is percent-encoded (RFC 3986).
        private static func relativeReference(_ path: String) -> String {
            let hexadecimal = Array("0123456789ABCDEF")
            return path.utf8
                .map { byte in
                    let scalar = Unicode.Scalar(byte)
                    let isUnreserved =
                        byte < 128
                        && (scalar.properties.isAlphabetic || "0123456789-._~/".unicodeScalars.contains(scalar))
                    return isUnreserved
                        ? String(scalar) : "%\(hexadecimal[Int(byte >> 4)])\(hexadecimal[Int(byte & 15)])"
                }
                .joined()
        }
    }

    struct PhysicalLocation: Encodable, Sendable {
        var artifactLocation: Artifact
        var region: Region
    }

    struct Artifact: Encodable, Sendable {
        var uri: String
    }

    struct Region: Encodable, Sendable {
        var startLine: Int
        var startColumn: Int
        var endLine: Int
        var endColumn: Int
    }

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version
        case runs
    }

    private let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    private let version = "2.1.0"
    private let runs: [Run]

    package init(_ diagnostics: [Diagnostic]) {
        let codes = Set(diagnostics.map(\.code)).sorted { $0.id < $1.id }
        runs = [
            Run(
                tool: Tool(
                    driver: Driver(rules: codes.map { Rule(id: $0.id, shortDescription: Message(text: $0.title)) })
                ),
                results: diagnostics.map { diagnostic in
                    Result(
                        ruleId: diagnostic.code.id,
                        level: diagnostic.severity.rawValue,
                        message: Message(
                            text: [diagnostic.detail, diagnostic.help].compactMap(\.self).joined(separator: "\n")
                        ),
                        locations: diagnostic.range.map { [Location($0)] } ?? [],
                        relatedLocations: diagnostic.notes.map { Location($0.range, message: $0.message) }
                    )
                }
            )
        ]
    }
}
