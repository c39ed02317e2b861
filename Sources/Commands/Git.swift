import Providers

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
