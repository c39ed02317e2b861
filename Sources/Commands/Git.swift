import Providers
import Reconciliation
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Asks the git program.
enum Git {
    /// Returns what a command printed, without its line break; nil when it failed or there is no git.
    static func output(_ arguments: [String], in folder: String) async -> String? {
        let here = FileManager.default.currentDirectoryPath
        let absolute = folder.hasPrefix("/") ? folder : "\(here)/\(folder)"
        guard
            let result = try? await ChildProcess.run(
                "/usr/bin/git",
                ["-c", "safe.directory=*", "-C", absolute] + arguments
            ),
            result.isSuccess
        else { return nil }
        return result.output.last == "\n" ? String(result.output.dropLast()) : result.output
    }
}

extension Git: CommitFinder {
    /// The commit of the folder that the first of the texts is in; nil when it is not in git.
    ///
    /// A folder with changes that are not committed is marked, because the commit does not say what was applied.
    static func commit(of texts: [SpecText]) async -> String? {
        guard let path = texts.first?.path else { return nil }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard let head = await Git.output(["rev-parse", "HEAD"], in: folder) else { return nil }
        let changes = await Git.output(["status", "--porcelain", "--", "."], in: folder) ?? ""
        return changes.isEmpty ? head : "\(head)+changes"
    }
}
