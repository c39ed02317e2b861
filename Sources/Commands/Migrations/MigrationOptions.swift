import ArgumentParser
import Diagnostics
import Execution
import FleetModel
import Glibc
import Migrating
import Observing
import PostgresClient
import Providers
import Resources
import SideEffects
import SpecLoading
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which migrations are meant, and where they are declared.
struct MigrationOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The migration; several with commas between them.", valueName: "name[,name]"))
    var name: String?

    @OptionGroup var specs: SpecOptions

    @Flag(help: "All migrations that are declared; no name is given then.")
    var all = false

    @Option(help: ArgumentHelp("Copy tables above this size in pieces, side by side.", valueName: "size"))
    var splitAbove: String?

    /// The names that were given; empty with `--all`.
    var names: [String] {
        all ? [] : (name ?? "").split(separator: ",", omittingEmptySubsequences: true).map(String.init)
    }

    /// Whether just one is meant.
    var isSingle: Bool { !all && names.count == 1 }

    /// Where the documents are: with `--all` the first word is a path, too.
    var paths: SpecOptions {
        var options = specs
        if all, let name { options.paths.insert(name, at: 0) }
        return options
    }

    func validate() throws {
        if let splitAbove, ByteCount(splitAbove) == nil {
            throw ValidationError("--split-above is a size such as 256MiB")
        }
        if names.isEmpty, !all { throw ValidationError("name a migration, several with commas, or write --all") }
    }

    /// Runs a body with each migration while nobody else works on it, side by side, and tells how it goes and how it ended.
    ///
    /// - Parameter request: What whoever works on it now is asked, so that it makes room.
    func work(
        _ purpose: String,
        _ global: GlobalOptions,
        mustHaveBegun: Bool = false,
        asking request: MigrationRequest? = nil,
        skipping skipped: [SkippedCheck] = [],
        _ body: @escaping @Sendable (MigrationRun) async throws -> MigrationTask
    ) async throws {
        let terminal = Terminal(global)
        let contexts: [MigrationContext]
        do {
            contexts = try await MigrationContext.all(self, global, mustHaveBegun: mustHaveBegun, skipping: skipped)
        } catch let code as ExitCode {
            throw code
        } catch {
            throw terminal.failure(error)
        }
        let interruption = Interruption()
        let interrupts = Interrupts(interruption, terminal: terminal)
        defer { withExtendedLifetime(interrupts) {} }
        // One migration that fails leaves the others alone.
        let codes = await withTaskGroup(of: ExitCode?.self) { group in
            for context in contexts {
                group.addTask {
                    do {
                        let task = try await context.work(purpose, interruption, asking: request, body)
                        terminal.write("\(task.name): \(task.state.rawValue)\(task.message.map { "; \($0)" } ?? "").\n")
                        return nil
                    } catch let code as ExitCode {
                        return code
                    } catch is MigrationStopped {
                        terminal.tell("stopped; go on with: pgsteer migration start \(context.name)\n")
                        return ExitCode(130)
                    } catch {
                        let isAlone = contexts.count == 1
                        return terminal.failure(isAlone ? error : NamedFailure(name: context.name, error: error))
                    }
                }
            }
            var codes: [ExitCode] = []
            for await code in group { if let code { codes.append(code) } }
            return codes
        }
        if let worst = codes.max(by: { $0.rawValue < $1.rawValue }) { throw worst }
    }

    /// What went wrong with one of several migrations.
    private struct NamedFailure: Error, CustomStringConvertible {
        var name: String
        var error: any Error
        var description: String { "\(name): \(error)" }
    }
}
