import ArgumentParser
import Diagnostics
import FleetModel
import History
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows who changed what and when, newest first."
    )

    @Argument(help: ArgumentHelp("Only of this instance.", valueName: "instance"), completion: .instance)
    var name: String?

    @Flag(help: "Show parameters with their values before and after.")
    var parameters = false

    @Option(help: ArgumentHelp("Only this parameter.", valueName: "name"))
    var parameter: String?

    @Option(help: "How many entries.")
    var limit = 50

    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "table, wide, json, yaml or name.")
    var output = ListFormat.table

    func run() async throws {
        let terminal = Terminal(global)
        let path = global.localHome.history
        guard FileManager.default.fileExists(atPath: path) else {
            terminal.tell("there is no history in \(global.localHome.path) yet\n")
            if output == .json { try Listing.print([ActionRow](), as: output, to: terminal) }
            return
        }
        do {
            let store = try HistoryStore(path: path)
            if parameters || parameter != nil {
                let rows = try store.parameters(instance: name, name: parameter, limit: limit)
                try Listing.print(rows, as: output, to: terminal)
                tellNothing(rows.isEmpty, terminal)
            } else {
                let rows = try store.actions(instance: name, limit: limit)
                try Listing.print(rows, as: output, to: terminal)
                tellNothing(rows.isEmpty, terminal)
            }
        } catch {
            throw terminal.failure(error)
        }
    }

    /// An empty table says neither that the name is wrong nor that nothing has been done.
    private func tellNothing(_ isEmpty: Bool, _ terminal: Terminal) {
        guard isEmpty else { return }
        let what = [name.map { "of \($0.visible)" }, parameter.map { "of the parameter \($0.visible)" }]
            .compactMap(\.self)
        terminal.tell("there is nothing \((what + ["in the history"]).joined(separator: " "))\n")
    }
}

extension Listable {
    /// The beginning of a commit, with a plus where the folder had changes that were not committed.
    fileprivate static func shown(commit: String?) -> String {
        commit.map { String($0.prefix(12)) + ($0.hasSuffix("+changes") ? "+" : "") } ?? "-"
    }
}

extension ActionRow: Listable {
    static var header: [String] { ["time", "run", "user", "commit", "what", "impact", "result"] }
    static var wideHeader: [String] { header + ["host", "message"] }
    var name: String { resource }
    var row: [String] {
        [
            started.formatted(.iso8601), run, user, Self.shown(commit: specCommit), summary, impact,
            status,
        ]
    }
    var wideRow: [String] { row + [host, message?.replacing("\n", with: " ") ?? "-"] }
}

extension ParameterRow: Listable {
    static var header: [String] { ["time", "run", "user", "commit", "instance", "parameter", "before", "after"] }
    var row: [String] {
        [
            time.formatted(.iso8601), run, isByOthers ? "somebody else" : user, Self.shown(commit: specCommit),
            instance, name, before ?? "-", after ?? "-",
        ]
    }
}
