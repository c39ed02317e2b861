import FleetModel
import Providers

/// What instances remember, read once a run: only what comes after the actions changes it.
actor AppliedRecords {
    private let provider: any InstanceProvider
    private var records: [String: OwnershipRecord] = [:]

    init(provider: any InstanceProvider) {
        self.provider = provider
    }

    /// Returns what was applied to an object; nil when nothing was.
    func applied(to id: ResourceID) async throws -> AppliedObject? {
        if let record = records[id.instance] { return record.objects[id.description] }
        guard let placement = try await provider.observe(id.instance) else {
            throw Executor.GoneError(resource: .instance(id.instance))
        }
        records[id.instance] = placement.record
        return placement.record.objects[id.description]
    }
}
