package import Diagnostics
import Dispatch
package import Resources
import SpecSchema
import Synchronization
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
        for part in read(pieces) {
            collector.emit(contentsOf: part.collector.diagnostics)
            draft.merge(part.draft, collector: &collector)
        }
        return draft.resolved(collector: &collector)
    }

    /// Smaller pieces cost more than they save.
    private static let pieceSize = 128 << 10

    /// What one piece of a file declares, and what is wrong in it.
    private struct Part: Sendable {
        var draft = FleetDraft()
        var collector = DiagnosticCollector()
    }

    /// Reads pieces side by side; the result is in their order, as if they had been read one by one.
    private static func read(_ pieces: [YAMLPiece]) -> [Part] {
        let parts = Mutex([Part](repeating: Part(), count: pieces.count))
        DispatchQueue.concurrentPerform(iterations: pieces.count) { index in
            var part = Part()
            for document in YAMLReader.documents(in: pieces[index], collector: &part.collector) {
                declare(document, in: &part.draft, collector: &part.collector)
                PlaintextSecrets.check(document, collector: &part.collector)
            }
            let result = part
            parts.withLock { $0[index] = result }
        }
        return parts.withLock(\.self)
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
                    help: NearestName.question(kindName.value, among: names)
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
        let before = (errors: collector.errorCount, all: collector.diagnostics.count)
        kind.declare(document, in: &draft, collector: &collector)
        guard collector.errorCount > before.errors || document.metadata.name == nil else { return }
        let isOpen = collector.diagnostics[before.all...].contains { [.unknownKey, .missingKey].contains($0.code) }
        draft.markIncomplete(document, isOpen: isOpen)
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
