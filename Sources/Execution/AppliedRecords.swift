import FleetModel
import Providers

/// What instances remember, read once a run: what comes after the actions changes it, and what one of them is about to
/// give in a database that the run has made.
actor AppliedRecords {
    private let provider: any InstanceProvider
    private var records: [String: OwnershipRecord] = [:]
    /// The last write that was begun: the next one has to see what it wrote.
    private var writing: Task<Void, any Error>?

    init(provider: any InstanceProvider) {
        self.provider = provider
    }

    /// Returns what was applied to an object; nil when nothing was.
    func applied(to id: ResourceID) async throws -> AppliedObject? {
        try await objects(of: id.instance)[id.description]
    }

    /// Returns what was applied to the objects of an instance, by the texts of their names.
    func objects(of instance: String) async throws -> [String: AppliedObject] {
        if let record = records[instance] { return record.objects }
        guard let placement = try await provider.observe(instance) else {
            throw Executor.GoneError(resource: .instance(instance))
        }
        records[instance] = placement.record
        return placement.record.objects
    }

    /// Lets an instance remember what is about to be given to an object, unless it does so already.
    func remember(_ lists: [String: [String]], for id: ResourceID, _ policy: DeletionPolicy) async throws {
        let known = try await applied(to: id)?.lists ?? [:]
        let isKnown = lists.allSatisfy { key, names in
            Set(names.map { Name($0) }).isSubset(of: (known[key] ?? []).map { Name($0) })
        }
        if isKnown { return }
        let previous = writing
        let task = Task {
            _ = await previous?.result
            try await write(lists, for: id, policy)
        }
        writing = task
        try await task.value
    }

    private func write(_ lists: [String: [String]], for id: ResourceID, _ policy: DeletionPolicy) async throws {
        guard var record = try await provider.observe(id.instance)?.record else {
            throw Executor.GoneError(resource: .instance(id.instance))
        }
        record.intend(lists, for: id, policy)
        _ = try await provider.perform(.record(record), on: id.instance)
        records[id.instance] = record
    }
}

extension OwnershipRecord {
    /// Adds what is about to be given to an object; what it has had before stays.
    mutating func intend(_ lists: [String: [String]], for id: ResourceID, _ policy: DeletionPolicy) {
        let lists = lists.filter { !$0.value.isEmpty }
        if lists.isEmpty { return }
        var applied = objects[id.description] ?? AppliedObject(deletionPolicy: policy)
        applied.lists.merge(lists) { Set(($0 + $1).map { Name($0) }).sorted().map(\.text) }
        objects[id.description] = applied
    }
}
