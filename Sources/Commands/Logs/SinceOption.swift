import ArgumentParser
import ServerLogs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// From when on logs are looked at.
struct SinceOption: ParsableArguments {
    @Option(help: ArgumentHelp("From when on: 1h, 2d, 2026-11-25T01:00:00Z.", valueName: "time"))
    var since: String?

    func validate() throws {
        if let since, LogTime.since(since, now: .now) == nil {
            throw ValidationError("--since \(since) is no time; write 1h, 2d or 2026-11-25T01:00:00Z")
        }
    }

    /// Nil for everything that there is.
    var start: Date? { since.flatMap { LogTime.since($0, now: .now) } }
}
