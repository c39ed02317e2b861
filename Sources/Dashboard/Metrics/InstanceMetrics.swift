import FleetModel
import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The numbers of instances.
struct InstanceMetrics {
    let facts: FleetFacts

    var metrics: [Metric] {
        var info = Metric("pgsteer_instance", .info, "What an instance is.")
        var up = Metric("pgsteer_instance_up", .gauge, "Whether its primary runs and answers.")
        var condition = Metric(
            "pgsteer_instance_condition",
            .gauge,
            "Whether a condition holds: Ready, Reconciling, Stalled, and BackedUp where there are backups."
        )
        var pending = Metric(
            "pgsteer_instance_pending_actions",
            .gauge,
            "Actions that are to be done and have not been."
        )
        var drift = Metric("pgsteer_instance_drifted_attributes", .gauge, "Attributes that somebody else changed.")
        var look = Metric("pgsteer_instance_last_look_timestamp_seconds", .gauge, "When the loop looked at it last.")
        var backup = Metric(
            "pgsteer_instance_last_backup_timestamp_seconds",
            .gauge,
            "When its newest backup that can be restored was made."
        )
        for instance in facts.instances {
            let name = instance.name
            info.add(
                1,
                [
                    "instance": name, "version": instance.version, "project": instance.project ?? "",
                    "availability": instance.availability,
                ]
            )
            up.add(instance.state == "running", ["instance": name])
            let isBackedUp = instance.conditions.contains { $0.type == .backedUp }
            for kind in [Condition.Kind.ready, .reconciling, .stalled] + (isBackedUp ? [.backedUp] : []) {
                let holds = instance.conditions.contains { $0.type == kind && $0.isTrue }
                condition.add(holds, ["instance": name, "condition": kind.rawValue])
            }
            pending.add(instance.plan?.actions.count, ["instance": name])
            drift.add(instance.plan == nil ? nil : instance.drift.count, ["instance": name])
            look.add(instance.lastLook?.timeIntervalSince1970, ["instance": name])
            backup.add(instance.lastBackup?.timeIntervalSince1970, ["instance": name])
        }
        return [info, up, condition, pending, drift, look, backup]
    }
}
