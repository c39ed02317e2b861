import ArgumentParser
import Migrating
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct MigrationStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows where a migration is, how far it is behind, and what its verification found.",
        discussion: "Only reads, on both ends too. While a migration is followed, gap and lag are those of this moment."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @OptionGroup var migration: MigrationOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json.")
    var output = Format.text

    /// The document of `-o json`.
    struct Document: Encodable {
        var formatVersion = "1.0"
        var name: String
        var state: MigrationState
        var type: MigrationType
        var source: String
        var target: String
        var started: Date
        var changed: Date
        var message: String?
        var progress: MigrationProgress?
        var gapBytes: Int?
        var lagSeconds: Double?
        var problem: String?
        var verification: VerificationReport?
        var writePauseMilliseconds: Int?
        var leftovers: [String]
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let context = try await MigrationContext(migration, global, mustHaveBegun: true)
            let run = try context.run()
            let task = await run.task
            let following = task.state.isFollowing ? await run.observed() : nil
            let document = Document(
                name: task.name,
                state: task.state,
                type: task.type,
                source: task.source,
                target: task.target,
                started: task.started,
                changed: task.changed,
                message: task.message,
                progress: context.folder.lastProgress,
                gapBytes: following?.gapBytes,
                lagSeconds: following?.lagSeconds,
                problem: following?.problem,
                verification: task.verification,
                writePauseMilliseconds: task.cutover?.pauseMilliseconds,
                leftovers: task.leftovers
            )
            switch output {
            case .json: try terminal.write(json: document)
            case .text: terminal.write(Self.text(document))
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
    }

    private static func text(_ document: Document) -> String {
        var lines = [
            ("migration", "\(document.name), \(document.type.rawValue)"), ("state", document.state.rawValue),
            ("from", document.source), ("to", document.target),
        ]
        if let message = document.message { lines.append(("", message)) }
        if let progress = document.progress, !document.state.isFinal {
            lines.append(("progress", MigrationText.line(progress)))
        }
        if let gap = document.gapBytes { lines.append(("gap", "\(gap) bytes")) }
        if let lag = document.lagSeconds { lines.append(("lag", "\(MigrationText.tenths(lag)) s")) }
        if let problem = document.problem { lines.append(("problem", problem)) }
        if let verification = document.verification { lines.append(("verification", verification.sentence)) }
        if let pause = document.writePauseMilliseconds { lines.append(("write pause", "\(pause) ms")) }
        lines += document.leftovers.map { ("left behind", $0) }
        return
            lines.map { label, value in
                label + String(repeating: " ", count: 14 - label.count) + value + "\n"
            }
            .joined()
    }
}
