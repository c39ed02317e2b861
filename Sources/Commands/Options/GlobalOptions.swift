import ArgumentParser
import Diagnostics
import Glibc
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Options that every command has.
struct GlobalOptions: ParsableArguments {
    enum LogFormat: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: ArgumentHelp("Where instances and history are kept (PGSTEER_HOME).", valueName: "folder"))
    var home: String?

    @Flag(help: "Print without colours (NO_COLOR).")
    var noColor = false

    @Flag(name: .shortAndLong, help: "Tell every side effect on stderr.")
    var verbose = false

    @Option(help: "How progress is told on stderr: text or json, one object a line.")
    var logFormat = LogFormat.text

    func validate() throws {
        let path = localHome.path
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else { return }
        throw ValidationError("the home \(path) is no folder; name one with --home or PGSTEER_HOME")
    }

    /// The home: the option, the variable, or the usual place for the user.
    var localHome: LocalHome {
        let environment = ProcessInfo.processInfo.environment
        func named(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        let path: String
        if let given = home ?? named("PGSTEER_HOME") {
            path = given
        } else if geteuid() == 0 {
            path = "/var/lib/pgsteer"
        } else if let data = named("XDG_DATA_HOME") {
            path = data + "/pgsteer"
        } else {
            path = (named("HOME") ?? "/tmp") + "/.local/share/pgsteer"
        }
        return LocalHome(Self.absolute(path))
    }

    private static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The look of what goes to a descriptor: colours only on a terminal that wants them.
    func style(for descriptor: Int32) -> TerminalStyle {
        let environment = ProcessInfo.processInfo.environment
        func isSet(_ variable: String) -> Bool { environment[variable].map { !$0.isEmpty } ?? false }
        if noColor || isSet("NO_COLOR") { return .plain }
        if let force = environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return .ansi }
        if environment["TERM"] == "dumb" { return .plain }
        return isatty(descriptor) == 1 ? .ansi : .plain
    }
}
