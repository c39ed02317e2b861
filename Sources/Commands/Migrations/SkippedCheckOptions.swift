import ArgumentParser
import Diagnostics
import Resources
import SpecSchema

/// Alarms of checks that are accepted on the command line, each with its reason.
struct SkippedCheckOptions: ParsableArguments {
    @Option(
        name: .customLong("skip-check"),
        help: ArgumentHelp(
            "Accept the alarm of a check, as skipChecks of the document does; what failed is never accepted.",
            valueName: "check=reason"
        )
    )
    var entries: [String] = []

    var checks: [SkippedCheck] { entries.compactMap { try? Self.check($0) } }

    func validate() throws { for entry in entries { _ = try Self.check(entry) } }

    private static func check(_ entry: String) throws -> SkippedCheck {
        let name = String(entry.prefix { $0 != "=" })
        let reason = String(entry.dropFirst(name.count + 1))
        guard let id = MigrationCheckID(rawValue: name) else {
            let hint =
                NearestName.question(name, among: MigrationCheckID.allCases.map(\.rawValue)).map { "; \($0)" } ?? ""
            throw ValidationError("--skip-check: there is no check \(name)\(hint)")
        }
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw ValidationError(
                "--skip-check \(name) needs a reason: --skip-check \"\(name)=why it does not matter\""
            )
        }
        return SkippedCheck(id: Located(id, at: .nowhere), reason: reason)
    }
}
