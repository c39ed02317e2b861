package import Resources
import SpecSchema

/// How a check ended.
package enum CheckStatus: String, Codable, Sendable, CaseIterable {
    case passed
    /// An alarm that the document accepts with a reason.
    case accepted
    case alarm
    case failed
    /// It means nothing for this migration.
    case notNeeded = "not-needed"
    /// An end was not reached, so there is nothing to decide from.
    case notTried = "not-tried"
}

/// What one check came to.
package struct CheckResult: Codable, Sendable {
    package var id: MigrationCheckID
    package var title: String
    package var status: CheckStatus
    package var why: String
    package var findings: [CheckFinding]
    /// Why an alarm is to be accepted, as the document or the command line has it; what failed is not accepted.
    package var reason: String?
}

/// What all checks of a migration came to.
package struct CheckReport: Codable, Sendable {
    package enum Verdict: String, Codable, Sendable {
        case passed
        /// Passed, with alarms that nobody has accepted yet.
        case alarm
        case failed
    }

    package var migration: String
    package var type: MigrationType
    package var method: MigrationMethod
    /// Why that method.
    package var methodReason: String
    /// The ends as people say them.
    package var source: String
    package var target: String
    package var verdict: Verdict
    /// In the order of the catalogue.
    package var results: [CheckResult]

    init(_ migration: Migration, _ results: [CheckResult]) {
        self.migration = migration.name.value
        type = migration.type.value
        method = migration.methodChoice.method
        methodReason = migration.methodChoice.reason
        source = migration.source.value.description
        target = migration.target.value.description
        self.results = results
        let statuses = Set(results.map(\.status))
        verdict = statuses.contains(.failed) ? .failed : statuses.contains(.alarm) ? .alarm : .passed
    }

    package func count(_ status: CheckStatus) -> Int { results.count { $0.status == status } }

    /// The one sentence about it.
    package var summary: String {
        let looked = count(.passed) + count(.accepted) + count(.alarm) + count(.failed)
        var parts = ["\(count(.passed)) of \(looked) checks passed"]
        if count(.failed) > 0 { parts.append("\(count(.failed)) failed") }
        if count(.alarm) > 0 { parts.append(counted(count(.alarm), "alarm")) }
        if count(.accepted) > 0 { parts.append("\(counted(count(.accepted), "alarm")) accepted") }
        if count(.notTried) > 0 { parts.append("\(count(.notTried)) not tried") }
        return parts.joined(separator: ", ")
    }
}

extension MigrationCheck {
    /// Decides by the facts; an answer that was refused is an alarm of its own, since nothing is known then.
    func result(_ facts: CheckFacts) -> CheckResult {
        func result(_ status: CheckStatus, _ findings: [CheckFinding] = []) -> CheckResult {
            CheckResult(id: id, title: title, status: status, why: why, findings: findings)
        }
        guard applies(to: facts.migration) else { return result(.notNeeded) }
        let isUnreached =
            !source.isEmpty && facts.source.problem != nil || !target.isEmpty && facts.target.problem != nil
        if isUnreached { return result(.notTried) }
        // What keeps the way from being tried, such as a right that is missing, is told by a check of its own.
        if id == .targetReachesSource, facts.way == nil { return result(.notTried) }
        let refusals =
            source.filter { !$0.isProbe }.compactMap { facts.source.refusals[$0] }
            + target.filter { !$0.isProbe }.compactMap { facts.target.refusals[$0] }
        if let refusal = refusals.first {
            let finding = CheckFinding.alarm("This could not be looked at: \(refusal).")
            return accepting(result(.alarm, [finding]), facts.migration)
        }
        let findings = decide(facts)
        guard let worst = findings.map(\.severity).max() else { return result(.passed) }
        return accepting(result(worst == .failed ? .failed : .alarm, findings), facts.migration)
    }

    /// What failed is not accepted, whatever the document says.
    private func accepting(_ result: CheckResult, _ migration: Migration) -> CheckResult {
        guard result.status == .alarm || result.status == .failed,
            let skipped = migration.skippedChecks.first(where: { $0.id.value == id })
        else { return result }
        var accepted = result
        if result.status == .alarm { accepted.status = .accepted }
        accepted.reason = skipped.reason
        return accepted
    }
}
