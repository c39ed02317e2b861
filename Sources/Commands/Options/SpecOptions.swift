import ArgumentParser
import Diagnostics
import Resources
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

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
        if paths.isEmpty, !FileManager.default.fileExists(atPath: "specs") {
            throw ValidationError("name a file or folder of specifications; there is no folder specs here")
        }
        return SpecFiles.read(paths.isEmpty ? ["specs"] : paths, collector: &collector)
    }
}
