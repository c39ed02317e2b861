import ArgumentParser
import Diagnostics
import Resources
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where commands that look at instances learn of servers that exist without pgsteer.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where servers with a connection are declared; the folder specs by default.",
            valueName: "path"
        ),
        completion: .file()
    )
    var specs: [String] = []

    /// What the specifications declare, as far as they can be read; nil when there are none.
    ///
    /// Their mistakes are told by `validate`; who only looks at servers is not held up by them.
    var desired: DesiredFleet? {
        let paths = specs.isEmpty && FileManager.default.fileExists(atPath: "specs") ? ["specs"] : specs
        guard !paths.isEmpty else { return nil }
        var collector = DiagnosticCollector()
        var fleet = SpecLoader.load(SpecFiles.read(paths, collector: &collector), collector: &collector)
        fleet.instances = fleet.instances.filter { $0.value.connection != nil }
        let loading = SecretLoading(environment: ProcessInfo.processInfo.environment)
        loading.loadConnections(into: &fleet, collector: &collector)
        return fleet
    }
}

/// The specifications that a command reads.
struct SpecOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Files and folders with specifications; the folder specs when none is named.",
            valueName: "path"
        ),
        completion: .file()
    )
    var paths: [String] = []

    /// The texts of all files.
    func texts(collector: inout DiagnosticCollector) throws -> [SpecText] {
        SpecFiles.read(try resolvedPaths, collector: &collector)
    }

    /// The paths that were named, or the usual folder.
    var resolvedPaths: [String] {
        get throws {
            if paths.isEmpty, !FileManager.default.fileExists(atPath: "specs") {
                throw ValidationError("name a file or folder of specifications; there is no folder specs here")
            }
            return paths.isEmpty ? ["specs"] : paths
        }
    }
}
