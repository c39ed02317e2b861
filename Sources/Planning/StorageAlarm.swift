import Diagnostics
import FleetModel
import Resources
import SpecSchema

/// Warns before the data of an instance takes all that it may.
enum StorageAlarm {
    /// From here on somebody has to do something about it.
    static let limit = 0.85

    /// Returns the warning at the line that says how much there is; nil while there is room.
    static func diagnostic(of instance: Instance, _ server: ObservedServer?) -> Diagnostic? {
        guard instance.connection == nil, let allowed = instance.size?.value.storage, var storage = server?.storage
        else {
            return nil
        }
        storage.allowedBytes = allowed.value.bytes
        guard let share = storage.share, share >= limit else { return nil }
        let used = ByteCount(bytes: storage.usedBytes).rounded
        return Diagnostic(
            .storage,
            "The data of \(instance.name) takes \(used), \(Int(share * 100)) % of the \(allowed.value) that size.storage says.",
            at: allowed.range,
            severity: .warning,
            help: "remove data or raise size.storage; pgsteer metrics \(instance.name) shows what takes it"
        )
    }
}
