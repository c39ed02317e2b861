import ArgumentParser
import Diagnostics
import Reconciliation
import Resources

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Reads specifications and tells every mistake; never connects to anything."
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text, json, sarif or github.")
    var output = DiagnosticFormat.text

    @Flag(help: "Exit with 1 for warnings, too.")
    var strict = false

    func run() async throws {
        let terminal = Terminal(global)
        var session = try SpecSession(specs)
        session.collector.emit(contentsOf: UnknownZones.warnings(on: session.fleet))
        let diagnostics = session.collector.sorted
        switch output {
        case .text:
            terminal.tell(diagnostics)
            terminal.write(summary(of: session, diagnostics))
        case .json: try terminal.write(json: DiagnosticReport(diagnostics))
        case .sarif: try terminal.write(json: SARIFLog(diagnostics))
        case .github: terminal.write(GitHubAnnotations.render(diagnostics))
        }
        if session.collector.hasErrors || strict && !diagnostics.isEmpty { throw ExitCode(1) }
    }

    private func summary(of session: SpecSession, _ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        let found = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { counted($0, $1) }
        let files = counted(session.texts.count, "file")
        if errors > 0 { return "\(diagnostics.isEmpty ? "" : "\n")\(found.joined(separator: ", ")) in \(files)\n" }
        let instances = counted(session.fleet.instances.count, "instance")
        let objects = counted(session.fleet.objects.count, "object")
        let migrations = session.fleet.migrations.count
        let more = migrations == 0 ? "" : ", \(counted(migrations, "migration"))"
        let suffix = found.isEmpty ? "" : "; \(found.joined(separator: ", "))"
        return "\(files) valid: \(instances), \(objects) in them\(more)\(suffix)\n"
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
