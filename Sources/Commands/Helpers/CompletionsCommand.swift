import ArgumentParser
import Diagnostics
import Providers
import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct CompletionsCommand: AsyncParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash
        case zsh
        case fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints a script that lets a shell complete commands, options and the names of instances.",
        discussion: """
            For one session of bash: source <(pgsteer completions bash). For good:

              pgsteer completions bash > /usr/share/bash-completion/completions/pgsteer
              pgsteer completions zsh > /usr/share/zsh/vendor-completions/_pgsteer
              pgsteer completions fish > /usr/share/fish/vendor_completions.d/pgsteer.fish

            The Debian package has them.
            """
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let shell: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Terminal(global).write(RootCommand.completionScript(for: shell) + "\n")
    }
}

extension CompletionKind {
    /// The names of the instances in the home that the line is about, without asking any server.
    static var instance: CompletionKind {
        .custom { words, _, prefix in InstanceNames.inHome(of: words).filter { $0.hasPrefix(prefix) } }
    }

    /// The same, but for those that the loop does not look after because nothing declares them.
    static var declaredInstance: CompletionKind {
        .custom { words, _, prefix in InstanceNames.declared(in: words).filter { $0.hasPrefix(prefix) } }
    }
}

/// The names of instances as their folders say them, for a shell that waits.
enum InstanceNames {
    /// - Parameter words: The words of the command line so far, `--home` among them where it was given.
    static func declared(in words: [String]) -> [String] {
        let undeclared = Set(LoopListing.state(of: localHome(in: words))?.undeclared?.map(\.name) ?? [])
        return inHome(of: words).filter { !undeclared.contains($0) }
    }

    /// - Parameter words: The words of the command line so far, `--home` among them where it was given.
    static func inHome(of words: [String]) -> [String] {
        let folder = localHome(in: words).instances
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // A folder without a record is on its way in or out.
        return names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/instance.json") }.sorted()
    }

    private static func localHome(in words: [String]) -> LocalHome {
        var options = GlobalOptions()
        options.home = home(in: words)
        return options.localHome
    }

    private static func home(in words: [String]) -> String? {
        if let place = words.lastIndex(of: "--home"), place + 1 < words.count { return words[place + 1] }
        return words.last { $0.hasPrefix("--home=") }.map { String($0.dropFirst("--home=".count)) }
    }
}
