package import Diagnostics
package import Resources
import SpecSchema
import YAMLSyntax

extension DiagnosticCode {
    package static let unknownKind = DiagnosticCode("PGS-015", "Unknown kind")
    package static let unknownVersion = DiagnosticCode("PGS-016", "Unknown apiVersion")
}

/// Makes a desired fleet of specification texts.
package enum SpecLoader {
    /// The `apiVersion` of every document.
    package static let apiVersion = "pgsteer/v1"

    /// The keys of every document, in the order that `fmt` gives them.
    package static var envelopeKeys: [String] { Envelope.schema.shape.fields.map(\.name) }

    /// Returns what the texts ask for, as far as it could be read; every mistake goes to the collector.
    package static func load(_ texts: [SpecText], collector: inout DiagnosticCollector) -> DesiredFleet {
        let pieces = texts.flatMap { text in
            YAMLReader.pieces(of: text.bytes, path: text.path, size: pieceSize, collector: &collector)
        }
        var draft = FleetDraft()
        for part in collector.sideBySide(pieces, size: 1, read) { draft.merge(part, collector: &collector) }
        return draft.resolved(collector: &collector)
    }

    /// Smaller pieces cost more than they save.
    private static let pieceSize = 128 << 10

    /// Returns what one piece of a file declares.
    private static func read(_ piece: YAMLPiece, collector: inout DiagnosticCollector) -> FleetDraft {
        var draft = FleetDraft()
        for document in YAMLReader.documents(in: piece, collector: &collector) {
            declare(document, in: &draft, collector: &collector)
            collector.forgetStrayKeys()
            PlaintextSecrets.check(document, collector: &collector)
        }
        return draft
    }

    private static func declare(_ node: YAMLNode, in draft: inout FleetDraft, collector: inout DiagnosticCollector) {
        // A document whose name is wrong has other mistakes to tell, too.
        guard let envelope = Envelope.schema.decodePartially(node, &collector).0, let kindName = envelope.kind else {
            return
        }
        if let version = envelope.apiVersion, version.value != apiVersion {
            collector.emit(
                Diagnostic(
                    .unknownVersion,
                    "This pgsteer reads apiVersion \"\(apiVersion)\", not \"\(version.value)\".",
                    at: version.range,
                    help: "write apiVersion: \(apiVersion)"
                )
            )
            return
        }
        guard let kind = ResourceCatalog.kind(named: kindName.value) else {
            let names = ResourceCatalog.kinds.map { $0.kind }
            collector.emit(
                Diagnostic(
                    .unknownKind,
                    "There is no kind \"\(kindName.value)\".",
                    at: kindName.range,
                    help: collector.question(kindName.value, among: names)
                        ?? "the kinds are \(names.joined(separator: ", "))"
                )
            )
            return
        }
        let document = Document(
            kind: kindName.value,
            metadata: envelope.metadata?.value ?? Metadata(),
            spec: envelope.spec?.value,
            range: node.range
        )
        declare(document, as: kind, in: &draft, collector: &collector)
        collector.placeStrayKeys { place(of: $0, in: kind.shape) }
    }

    /// Says of a key that stands where nobody knows it which part of the document has it; nil when none does.
    private static func place(of key: String, in spec: ObjectShape) -> String? {
        func has(_ shape: ObjectShape) -> Bool { shape.fields.contains { $0.name == key } }
        // Too many things have a name.
        guard key != "name" else { return nil }
        if has(Metadata.schema.shape) { return "\"\(key)\" belongs in metadata" }
        return has(spec) ? "\"\(key)\" belongs in spec" : nil
    }

    /// Lets a kind declare a document, and takes note of one that could not be read as a whole.
    private static func declare(
        _ document: Document,
        as kind: any DocumentKind.Type,
        in draft: inout FleetDraft,
        collector: inout DiagnosticCollector
    ) {
        let (errors, unreadable) = (collector.errorCount, collector.unreadableCount)
        let all = collector.diagnostics.count
        kind.declare(document, in: &draft, collector: &collector)
        let isUnreadable = collector.unreadableCount > unreadable
        guard collector.errorCount > errors || isUnreadable || document.metadata.name == nil else { return }
        let unknown = collector.diagnostics[all...].contains { [.unknownKey, .missingKey].contains($0.code) }
        draft.markIncomplete(document, isOpen: isUnreadable || unknown)
    }
}

/// The keys that every document has.
struct Envelope: Sendable {
    var apiVersion: Located<String>?
    var kind: Located<String>?
    var metadata: Located<Metadata>?
    var spec: Located<YAMLNode>?

    static let schema = ObjectSchema<Envelope>(
        "document",
        "One resource, or the settings of the fleet.",
        make: { _ in Envelope() },
        fields: [
            Field(
                "apiVersion",
                \.apiVersion,
                .text,
                required: true,
                "The version of the format: \(SpecLoader.apiVersion)."
            ),
            Field("kind", \.kind, .text, required: true, "What the document declares."),
            Field("metadata", \.metadata, .object(Metadata.schema), required: true, Metadata.schema.shape.summary),
            Field("spec", \.spec, ValueType(.anyScalar) { node, _ in node }, "What is desired; depends on the kind."),
        ]
    )
}
