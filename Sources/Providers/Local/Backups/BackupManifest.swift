#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What pgsteer reads of a backup's manifest (PostgreSQL manual, chapter 71).
struct BackupManifest {
    private struct Text: Decodable {
        struct File: Decodable {
            var size: Int
            enum CodingKeys: String, CodingKey { case size = "Size" }
        }
        struct Range: Decodable {
            var timeline: UInt32
            var start: String
            var end: String
            enum CodingKeys: String, CodingKey {
                case timeline = "Timeline"
                case start = "Start-LSN"
                case end = "End-LSN"
            }
        }
        var files: [File]
        var ranges: [Range]
        enum CodingKeys: String, CodingKey {
            case files = "Files"
            case ranges = "WAL-Ranges"
        }
    }

    let timeline: UInt32
    let start: String
    let end: String
    let dataBytes: Int

    init(path: String) throws(ProviderError) {
        guard let text = LocalFiles.text(path),
            let manifest = try? JSONDecoder().decode(Text.self, from: Data(text.utf8)),
            let first = manifest.ranges.last, let last = manifest.ranges.first
        else { throw ProviderError("pg_basebackup left no manifest that can be read at \(path)") }
        // Of several timelines the newest stands first.
        timeline = last.timeline
        start = first.start
        end = last.end
        dataBytes = manifest.files.reduce(0) { $0 + $1.size }
    }
}
