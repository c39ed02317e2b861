import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The time zones that this host knows: its tzdata.
enum ZoneFiles {
    private static let folder = "/usr/share/zoneinfo/"
    private static let known = Mutex<[String: ZoneRules]>([:])

    /// Whether the host knows any zone but universal time.
    static var areThere: Bool { FileManager.default.fileExists(atPath: folder + "tzdata.zi") || !names.isEmpty }

    /// All zones that there are files of, but for those that only count seconds in another way.
    static var names: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.first?.isUppercase ?? false && !$0.contains(".") }
    }

    /// Returns the rules of a time zone such as `Asia/Shanghai`; nil for one that the host does not know.
    static func rules(_ name: String) -> ZoneRules? {
        if let rules = known.withLock({ $0[name] }) { return rules }
        guard !name.hasPrefix("/"), !name.contains("..") else { return nil }
        let data = try? Data(contentsOf: URL(filePath: folder + name))
        // Universal time needs no files.
        guard let rules = data.flatMap({ ZoneRules(Array($0)) }) ?? (name == "UTC" ? .utc : nil) else { return nil }
        known.withLock { $0[name] = rules }
        return rules
    }
}

extension WindowState {
    /// What windows say at a time, by the zones that this host knows.
    package static func of(_ windows: [String], at time: Int) -> WindowState {
        of(windows, at: time, rules: ZoneFiles.rules)
    }
}
