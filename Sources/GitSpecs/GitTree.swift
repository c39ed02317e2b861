package import Diagnostics
import SpecLoading

extension DiagnosticCode {
    package static let unusableCommit = DiagnosticCode("PGS-066", "Unusable commit")
}

/// What a commit holds, as `git ls-tree -r -z -l` lists it, and what of it are specifications.
///
/// Files are taken from git's objects and not from a working tree, so that neither attributes, filters nor hooks of anybody
/// have a say in what they hold.
struct GitTree: Sendable {
    struct Entry: Hashable, Sendable {
        var mode: String
        var object: String
        /// Bytes; nil for what is no file.
        var size: Int?
        var path: String

        var isFile: Bool { mode.hasPrefix("100") }
        var isLink: Bool { mode == "120000" }
        var isSubmodule: Bool { mode == "160000" }
        var isSpecification: Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }
    }

    /// A file to check out: its path, and the object with its content.
    struct File: Hashable, Sendable {
        var path: String
        var object: String
    }

    /// The files to check out; mistakes go with them.
    struct Selection: Sendable {
        var files: [File] = []
        var diagnostics: [Diagnostic] = []
    }

    /// What is read of one commit at most.
    static let fileLimit = 10_000
    static let sizeLimit = 16 << 20
    static let totalLimit = 128 << 20

    let entries: [Entry]

    init(_ listing: [UInt8]) {
        entries = listing.split(separator: 0)
            .compactMap { line in
                guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { return nil }
                let words = String(decoding: line[..<tab], as: UTF8.self).split(separator: " ")
                guard words.count == 4 else { return nil }
                let path = String(decoding: line[line.index(after: tab)...], as: UTF8.self)
                return Entry(mode: String(words[0]), object: String(words[2]), size: Int(words[3]), path: path)
            }
    }

    /// The links whose targets have to be known before the files can be chosen.
    func links(below root: String) -> [Entry] { candidates(below: root).filter { $0.isLink && $0.isSpecification } }

    /// Chooses the specifications below a folder, or the one file that is named; links count for the file they lead to.
    ///
    /// - Parameter targets: Where links lead, by their paths.
    func selection(below root: String, targets: [String: String], commit: String) -> Selection {
        var result = Selection()
        func refuse(_ detail: String, help: String) {
            result.diagnostics.append(Diagnostic(.unusableCommit, detail, at: nil, help: help))
        }
        let prefix = GitObject.shown(commit) + ":"
        let candidates = candidates(below: root)
        if candidates.isEmpty {
            refuse("\(prefix)\(root) does not exist.", help: "name the folder with the specifications by --path")
            return result
        }
        var total = 0
        for entry in candidates {
            let shown = prefix + entry.path
            if !Self.isSafe(entry.path) {
                refuse("\(shown) is no path that can be checked out.", help: "give it another name")
            } else if entry.isSubmodule {
                refuse(
                    "\(shown) is a submodule; its files are not in this repository.",
                    help: "copy them in, or let another loop follow that repository"
                )
            } else if entry.isSpecification {
                switch file(entry, root: root, targets: targets) {
                case .success(let target) where (target.size ?? 0) > Self.sizeLimit:
                    refuse("\(shown) has more than \(Self.sizeLimit >> 20) MiB.", help: "split it into several files")
                case .success(let target):
                    total += target.size ?? 0
                    result.files.append(File(path: entry.path, object: target.object))
                case .failure(let problem): refuse("\(shown) \(problem.description)", help: problem.help)
                }
            }
        }
        if result.files.isEmpty, result.diagnostics.isEmpty {
            refuse(
                "\(prefix)\(root) has no .yaml or .yml file.",
                help: "name the folder with the specifications by --path"
            )
        }
        if result.files.count > Self.fileLimit || total > Self.totalLimit {
            refuse(
                "\(prefix)\(root) has \(result.files.count) files with \(total >> 20) MiB; \(Self.fileLimit) and \(Self.totalLimit >> 20) MiB are read.",
                help: "split the fleet, or name a smaller folder by --path"
            )
            result.files = []
        }
        return result
    }

    /// What is below the root and is not passed over: names that start with a dot are, as in a folder.
    private func candidates(below root: String) -> [Entry] {
        guard root != "." else { return entries.filter { !Self.isHidden($0.path[...]) } }
        return entries.filter { entry in
            if entry.path == root { return true }
            return entry.path.hasPrefix(root + "/") && !Self.isHidden(entry.path.dropFirst(root.count + 1))
        }
    }

    private struct Problem: Error {
        var description: String
        var help: String
    }

    /// The file that an entry stands for.
    private func file(_ entry: Entry, root: String, targets: [String: String]) -> Result<Entry, Problem> {
        var entry = entry
        // A circle of links ends here.
        for _ in 0..<8 {
            if entry.isFile { return .success(entry) }
            guard entry.isLink, let target = targets[entry.path] else { break }
            guard let path = Self.resolved(target, from: entry.path),
                path == root || root == "." || path.hasPrefix(root + "/")
            else {
                return .failure(Problem(description: "is a link that leads out of \(root).", help: "copy the file in"))
            }
            guard let next = entries.first(where: { $0.path == path }) else { break }
            entry = next
        }
        return .failure(
            Problem(description: "is a link that leads to no file.", help: "correct the link, or remove it")
        )
    }

    /// The path that a link leads to; nil when that is outside of the repository.
    static func resolved(_ target: String, from link: String) -> String? {
        guard !target.hasPrefix("/") else { return nil }
        var parts = link.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(String(part))
            } else if parts.popLast() == nil {
                return nil
            }
        }
        return parts.joined(separator: "/")
    }

    private static func isHidden(_ path: Substring) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).contains { $0.hasPrefix(".") && $0 != ".." }
    }

    /// A tree can be made by hand, and name what lies outside of it.
    private static func isSafe(_ path: String) -> Bool {
        !path.contains("\\") && !path.contains("\u{FFFD}") && path.utf8.count < 1000
            && path.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count < 250 }
    }
}

/// The objects that `git cat-file --batch` prints.
enum GitBatch {
    /// Returns the content of each object; nil when the text is not whole.
    static func contents(_ output: [UInt8], count: Int) -> [[UInt8]]? {
        var rest = output[...]
        var found: [[UInt8]] = []
        while found.count < count {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            guard words.count == 3, words[1] == "blob", let size = Int(words[2]), rest.count > size else { return nil }
            let content = rest[rest.index(after: end)...].prefix(size)
            guard content.count == size else { return nil }
            found.append(Array(content))
            rest = rest[content.endIndex...].dropFirst()
        }
        return found
    }
}
