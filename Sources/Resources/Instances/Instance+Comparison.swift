import Diagnostics
package import FleetModel
import SpecSchema

extension Instance {
    /// Returns the facts that the instance is to remember, over those that it remembers now.
    ///
    /// A fact that the specification does not mention stays as it is.
    package func record(over record: OwnershipRecord) -> OwnershipRecord {
        var record = record
        if let project { record.project = project.value }
        if let tags {
            record.tags = Dictionary(tags.value.map { ($0.name.value, $0.value.value) }) { first, _ in first }
        }
        if let size {
            record.size = [:]
            record.size["cpu"] = size.value.cpu.map { String($0.value) }
            record.size["memory"] = size.value.memory?.value.description
            record.size["storage"] = size.value.storage?.value.description
        }
        if connection == nil {
            record.availability = availability.value == AvailabilityPolicy() ? nil : availability.value
            record.backup = backup?.value.facts
        }
        if let logs, connection == nil { record.logs = logs.value == LogPolicy() ? nil : logs.value }
        record.maintenance = maintenanceWindows.isEmpty ? nil : maintenanceWindows
        record.deletionProtection = deletionProtection.value
        record.deletionPolicy = deletionPolicy.value
        return record
    }

    /// Returns what asks for a restart by a token that the instance does not remember; nil when none does.
    ///
    /// - Parameter impact: None where the server is started anyway.
    package func restartTokenDifference(from observed: OwnershipRecord, impact: Impact) -> Difference? {
        guard let restartToken, restartToken.value != observed.restartToken else { return nil }
        return Difference(
            "restartToken",
            observed: observed.restartToken,
            desired: restartToken.value,
            impact: impact,
            source: restartToken.range
        )
    }

    /// Returns the remembered facts that differ.
    package func recordDifferences(from observed: OwnershipRecord) -> [Difference] {
        let desired = record(over: observed)
        var result = differences("tags", observed.tags, desired.tags, at: tags?.range)
        result += differences("size", observed.size, desired.size, at: size?.range)
        result += availabilityDifferences(observed, desired)
        result += logDifferences(observed.logs ?? LogPolicy(), desired.logs ?? LogPolicy())
        result += backupDifferences(observed.backup, desired.backup)
        result += [
            difference("project", observed.project, desired.project, at: project?.range),
            difference(
                "maintenance.windows",
                observed.maintenance?.joined(separator: ", "),
                desired.maintenance?.joined(separator: ", "),
                at: maintenance?.range
            ),
            difference(
                "protection.deletion",
                String(observed.deletionProtection),
                String(desired.deletionProtection),
                at: deletionProtection.range
            ),
            difference(
                "deletionPolicy",
                observed.deletionPolicy.rawValue,
                desired.deletionPolicy.rawValue,
                at: deletionPolicy.range
            ),
        ]
        .compactMap(\.self)
        return result
    }

    private func logDifferences(_ observed: LogPolicy, _ desired: LogPolicy) -> [Difference] {
        [
            difference("logs.maxSize", "\(observed.maxSize)", "\(desired.maxSize)", at: logs?.range),
            difference("logs.keep", observed.keep, desired.keep, at: logs?.range),
        ]
        .compactMap(\.self)
    }

    private func availabilityDifferences(_ observed: OwnershipRecord, _ desired: OwnershipRecord) -> [Difference] {
        let (old, new) = (observed.availability ?? AvailabilityPolicy(), desired.availability ?? AvailabilityPolicy())
        func shown(_ policy: AvailabilityPolicy) -> [(String, String?)] {
            [
                ("mode", policy.mode.rawValue),
                ("replication", policy.mode == .dual ? policy.replication.rawValue : nil),
                ("syncFallback", policy.replication == .sync ? String(policy.syncFallback) : nil),
                ("maxSwitchoverLag", policy.mode == .dual ? policy.maxSwitchoverLag.description : nil),
                ("zones", policy.zones.isEmpty ? nil : policy.zones.joined(separator: ", ")),
            ]
        }
        // One server alone has none of the rest.
        let count = new.mode == .single && old.mode == .dual ? 1 : shown(new).count
        return zip(shown(old), shown(new)).prefix(count)
            .compactMap { old, new in
                difference("availability.\(old.0)", old.1, new.1, at: availability.range)
            }
    }

    private func backupDifferences(_ old: BackupFacts?, _ new: BackupFacts?) -> [Difference] {
        let range = backup?.range
        let isKept = difference("backup", old.map { _ in "on" }, new.map { _ in "on" }, at: range)
        return
            [
                isKept,
                difference("backup.schedule", old?.schedule, new?.schedule, at: backup?.value.schedule?.range ?? range),
                difference("backup.keep", old?.keep, new?.keep, at: backup?.value.keep?.range ?? range),
                difference("backup.drill", old?.drill, new?.drill, at: backup?.value.drill?.range ?? range),
            ]
            .compactMap(\.self)
    }

    private func differences(
        _ path: String,
        _ observed: [String: String],
        _ desired: [String: String],
        at range: SourceRange?
    ) -> [Difference] {
        Set(observed.keys).union(desired.keys).sorted()
            .compactMap { key in
                difference("\(path).\(key)", observed[key], desired[key], at: range)
            }
    }

    private func difference(
        _ path: String,
        _ observed: String?,
        _ desired: String?,
        at range: SourceRange?
    ) -> Difference? {
        observed == desired ? nil : Difference(path, observed: observed, desired: desired, source: range)
    }
}
