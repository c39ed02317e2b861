import MigrationChecks
import Resources
import SpecSchema

extension MigrationRun {
    /// Looks at both ends before anything is made there; what failed ends the run, with nothing changed.
    func check() async throws {
        let report = await CheckRun(
            migration,
            source: .connection(order.source),
            target: .connection(order.target),
            endpoint: try? await order.endpoint?.facts(order.source),
            obstacles: await physicalObstacles()
        )
        .report()
        for result in report.results where result.status == .failed || result.status == .alarm {
            for finding in result.findings {
                let objects = finding.objects.isEmpty ? "" : " (\(finding.objects.prefix(5).joined(separator: ", ")))"
                reporter.tell("\(finding.severity.rawValue) \(result.id.rawValue): \(finding.found)\(objects)")
            }
        }
        let failed = report.results.filter { $0.status == .failed }.map(\.id.rawValue)
        for check in migration.skippedChecks where failed.contains(check.id.value.rawValue) {
            reporter.tell("\(check.id.value.rawValue) is not accepted: what failed cannot be skipped")
        }
        guard failed.isEmpty else {
            try move(.checksFailed, message: failed.joined(separator: ", "))
            throw MigrationError(
                "\(task.name) was not begun, since \(failed.count == 1 ? "a check" : "\(failed.count) checks") failed: \(failed.joined(separator: ", ")); nothing was changed",
                help: "pgsteer migration check \(task.name) tells what to do about each"
            )
        }
        let accepted = report.results.filter { $0.status == .accepted }
            .compactMap { result in
                result.reason.map {
                    AcceptedAlarm(id: result.id, reason: $0, found: result.findings.map(\.found))
                }
            }
        try remember { $0.accepted = accepted }
        if migration.type.value == .fullAndIncremental { try await decideEndpoint() }
        try move(.checksPassed)
    }
}
