import Diagnostics
package import Providers
package import SideEffects
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Keeps the specifications that were in force last, for a loop that starts while the newest ones have a mistake: without
/// them it would bring back no server that has died, or that the host's restart has ended.
///
/// `loop/specifications.json` of the home, for its owner's eyes alone. Deleting it loses no more than that. It holds what the
/// files hold: where secrets are kept, and not the secrets.
package struct LastSpecifications: Sendable {
    private struct Record: Codable {
        struct File: Codable {
            var path: String
            /// In Base64: a specification may be in any encoding.
            var bytes: Data
        }

        var formatVersion = "1"
        /// The files and folders that the loop was started with; another loop's are none of ours.
        var paths: [String]
        var files: [File]
        var commit: String?
    }

    private let folder: LoopFolder
    /// From the root.
    private let paths: [String]
    private let effects: SideEffectCounter

    package init(folder: LoopFolder, paths: [String], effects: SideEffectCounter) {
        self.folder = folder
        self.paths = paths.map { URL(filePath: $0).standardizedFileURL.path }
        self.effects = effects
    }

    /// What was in force last; nil when nothing is kept, or another loop's specifications are.
    package var reading: SpecReading? {
        guard let text = folder.text(folder.specifications),
            let record = try? JSONDecoder().decode(Record.self, from: Data(text.utf8)),
            record.formatVersion == "1", record.paths == paths
        else { return nil }
        let texts = record.files.map { SpecText(path: $0.path, bytes: [UInt8]($0.bytes)) }
        return SpecReading(texts: texts, collector: DiagnosticCollector(), commit: record.commit)
    }

    /// Keeps specifications that have come into force. What cannot be written is missed only after a later mistake.
    package func keep(_ reading: SpecReading) {
        let files = reading.texts.map { Record.File(path: $0.path, bytes: Data($0.bytes)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(Record(paths: paths, files: files, commit: reading.commit)) else { return }
        try? folder.write(String(decoding: data, as: UTF8.self) + "\n", to: folder.specifications, effects)
    }
}
