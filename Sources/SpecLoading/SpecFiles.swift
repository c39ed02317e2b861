package import Diagnostics
import Glibc
import YAMLSyntax

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The text of one specification file.
package struct SpecText: Codable, Hashable, Sendable {
    /// As shown in diagnostics.
    package var path: String
    package var bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

extension DiagnosticCode {
    package static let missingSpecs = DiagnosticCode("PGS-007", "No specifications")
}

/// Finds and reads specification files.
package enum SpecFiles {
    /// Returns the files that the paths lead to, each once, in the order of their paths.
    ///
    /// A folder stands for every `.yaml` and `.yml` file in it and below it; names that start with a dot are passed
    /// over, links are followed for files only.
    package static func read(_ paths: [String], collector: inout DiagnosticCollector) -> [SpecText] {
        var texts: [SpecText] = []
        var seen: Set<String> = []
        for path in paths {
            let found = files(at: path, collector: &collector)
            for file in found where seen.insert(URL(filePath: file).standardizedFileURL.path).inserted {
                if let text = text(at: file, collector: &collector) { texts.append(text) }
            }
        }
        return texts
    }

    /// Returns a text that moves when one of the files, or which files there are, may have changed; reads none of them.
    package static func stamp(of paths: [String]) -> String {
        var collector = DiagnosticCollector()
        return paths.flatMap { files(at: $0, collector: &collector) }
            .map { path in
                var status = Glibc.stat()
                guard stat(path, &status) == 0 else { return "\(path) gone" }
                let time = status.st_mtim
                return "\(path) \(status.st_ino) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
            }
            .joined(separator: "\n")
    }

    /// Without `./` in front: programs that show mistakes at their lines know files by their paths from the root.
    private static func plain(_ path: String) -> String {
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        return rest.isEmpty && !path.isEmpty ? "." : String(rest)
    }

    private static func files(at path: String, collector: inout DiagnosticCollector) -> [String] {
        let path = plain(path)
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            collector.emit(
                Diagnostic(
                    .unreadableFile,
                    "\(path) does not exist.",
                    at: nil,
                    help: "name a file or a folder of specifications"
                )
            )
            return []
        }
        guard isFolder else { return [path] }
        let found = yamlFiles(in: path, collector: &collector)
        if found.isEmpty {
            let detail = "The folder \(path) has no .yaml or .yml file."
            collector.emit(
                Diagnostic(
                    .missingSpecs,
                    detail,
                    at: nil,
                    help: "write a first one with: pgsteer init > \(path)/first.yaml"
                )
            )
        }
        return found
    }

    private static func yamlFiles(in folder: String, collector: inout DiagnosticCollector) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            collector.emit(
                Diagnostic(
                    .unreadableFile,
                    "The folder \(folder) cannot be read.",
                    at: nil,
                    help: "check its permissions"
                )
            )
            return []
        }
        let base = folder == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
        return names.sorted()
            .flatMap { name -> [String] in
                guard !name.hasPrefix(".") else { return [] }
                let path = base + name
                var isFolder: Bool = false
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
                if isFolder { return isLink(path) ? [] : yamlFiles(in: path, collector: &collector) }
                if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return [path] }
                if isMeant(name) { emitPassedOver(path, &collector) }
                return []
            }
    }

    /// Whether a name looks as if it should end in `.yaml`: `orders.ymal`, `orders.YML`.
    private static func isMeant(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        let ending = name[name.index(after: dot)...].lowercased()
        // Other formats, and what editors put aside.
        if ending == "xml" || ending.hasSuffix("~") { return false }
        return NearestName.of(ending, among: ["yaml", "yml"]) != nil
    }

    private static func emitPassedOver(_ path: String, _ collector: inout DiagnosticCollector) {
        let detail = "\(path) is not read: the names of specifications end in .yaml or .yml."
        collector.emit(Diagnostic(.missingSpecs, detail, at: nil, severity: .warning, help: "give it another name"))
    }

    /// A linked folder may lead back up; its files are read where they really are.
    private static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    private static func text(at path: String, collector: inout DiagnosticCollector) -> SpecText? {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            return SpecText(path: path, bytes: Array(data))
        } catch {
            collector.emit(
                Diagnostic(
                    .unreadableFile,
                    "\(path) cannot be read.",
                    at: nil,
                    help: "check that it is a file and its permissions"
                )
            )
            return nil
        }
    }
}
