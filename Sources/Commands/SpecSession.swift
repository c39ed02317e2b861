import ArgumentParser
import Diagnostics
import FleetModel
import Resources
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Specifications that have been read, with what was found wrong in them.
struct SpecSession {
    let texts: [SpecText]
    private(set) var fleet: DesiredFleet
    var collector: DiagnosticCollector

    init(_ options: SpecOptions) throws {
        var collector = DiagnosticCollector()
        let texts = try options.texts(collector: &collector)
        self.init(texts, collector: collector)
    }

    /// Reads texts that have been kept, such as a saved plan's.
    init(_ texts: [SpecText], collector: DiagnosticCollector = DiagnosticCollector()) {
        var collector = collector
        fleet = SpecLoader.load(texts, collector: &collector)
        self.texts = texts
        self.collector = collector
    }

    /// Reads the values of the secrets that the specifications refer to.
    mutating func loadSecrets() {
        SecretLoading(environment: ProcessInfo.processInfo.environment).load(into: &fleet, collector: &collector)
    }

    /// Reads only the passwords that connections need: those of existing servers and of the ends of migrations.
    mutating func loadConnections() {
        SecretLoading(environment: ProcessInfo.processInfo.environment)
            .loadConnections(into: &fleet, collector: &collector)
    }

    /// Tells what was found, and ends the command when there is an error among it.
    func stopOnErrors(_ terminal: Terminal) throws {
        guard collector.hasErrors else { return }
        terminal.tell(collector.sorted)
        let errors = collector.diagnostics.count { $0.severity == .error }
        terminal.tell("\n\(errors) \(errors == 1 ? "error" : "errors"); nothing was changed\n")
        throw ExitCode(1)
    }

    /// The commit of the folder that the first specification is in; nil when it is not in git.
    func commit() async -> String? { await Git.commit(of: texts) }
}
