import ArgumentParser
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Lets the loop of this home do nothing until resume; it still looks and tells.",
        discussion: """
            While it is paused no server is changed, and none that dies is brought back either. The pause outlives the loop. \
            To leave one instance alone, write suspend: true into its document.
            """
    )

    @Option(help: "Why; shown by describe and get conditions.")
    var reason: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            try session.home.loop.make(session.effects)
            let why = reason.map { ", \($0.split(whereSeparator: \.isNewline).joined(separator: " "))" } ?? ""
            let text = "by \(SystemUser.caller.name) at \(Date.now.formatted(.iso8601))\(why)"
            try session.home.loop.write(text + "\n", to: session.home.loop.pause, session.effects)
            terminal.write("Paused \(text).\n")
        } catch {
            throw terminal.failure(error)
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets a paused loop go on."
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let wasPaused = session.home.loop.text(session.home.loop.pause) != nil
            try session.home.loop.remove(session.home.loop.pause, session.effects)
            terminal.write(wasPaused ? "Resumed.\n" : "It was not paused.\n")
        } catch {
            throw terminal.failure(error)
        }
    }
}
