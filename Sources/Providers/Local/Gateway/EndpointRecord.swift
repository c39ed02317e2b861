#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `endpoint.json` of an instance: where its endpoints lead when that is not, or may soon not be, the instance itself.
///
/// A file of its own beside the instance's record: a migration writes it in the pause of a cut-over, and cannot wait then for
/// who is changing the instance. Whoever writes it has the right to change the gateway (docs/decisions/0031).
struct EndpointRecord: Codable, Hashable, Sendable {
    var formatVersion = "1"
    /// Where they lead; nil for the instance itself.
    var lead: EndpointLead?
    /// What a migration has begun and not ended.
    var move: EndpointMove?

    /// Where they lead now; nil for the instance itself.
    var destination: EndpointLead? {
        guard let move, move.isDone else { return lead }
        return move.to
    }

    /// The other instances that they lead to, or may lead to without anything being prepared any more.
    var others: [EndpointLead] { Set([lead, move?.to].compactMap(\.self)).sorted { $0.instance < $1.instance } }

    init(lead: EndpointLead? = nil, move: EndpointMove? = nil) {
        self.lead = lead
        self.move = move
    }

    /// Reads `endpoint.json`; nil when it is none.
    init?(_ text: String) {
        guard let record = try? JSONDecoder().decode(EndpointRecord.self, from: Data(text.utf8)),
            record.formatVersion == "1"
        else { return nil }
        self = record
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a record is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

/// Another instance that endpoints lead to.
struct EndpointLead: Codable, Hashable, Sendable {
    var instance: String
    /// Its own name, `pg-...`: a later instance of the same name is another one.
    var id: String
    /// The migration that moved them.
    var migration: String
}

/// A migration moving endpoints.
struct EndpointMove: Codable, Hashable, Sendable {
    var migration: String
    /// What tells this migration from an earlier one of the same name.
    var token: String
    /// Where the writes go; nil for the instance that the endpoints are of, which gets them back.
    var to: EndpointLead?
    /// Whether the endpoints lead there. Prepared before, so that nothing but this changes in the pause; and false again
    /// after a rollback.
    var isDone = false
}

/// Where the endpoints of all instances lead at one moment.
struct EndpointBook: Hashable, Sendable {
    /// The own names of the instances that there are, by name.
    var ids: [String: String]
    /// The own names that they had before, by name.
    var formerIDs: [String: Set<String>] = [:]
    /// By instance; what is not here leads to itself.
    var records: [String: EndpointRecord] = [:]

    /// The instances whose endpoints lead to an instance: mostly it alone.
    func names(leadingTo instance: String) -> [String] {
        ids.keys.sorted()
            .filter { name in
                guard let lead = records[name]?.destination else { return name == instance }
                return leads(lead, to: instance)
            }
    }

    /// Whether an endpoint leads to an instance, and not to an earlier one of its name.
    private func leads(_ lead: EndpointLead, to instance: String) -> Bool {
        guard lead.instance == instance, let id = ids[instance] else { return false }
        return lead.id == id || formerIDs[instance]?.contains(lead.id) ?? false
    }

    /// Begins to move every endpoint that leads to one instance to another; where they lead does not change yet.
    mutating func prepare(_ migration: String, token: String, from source: String, to target: String)
        throws(ProviderError)
    {
        guard let id = ids[target] else { throw ProviderError("there is no instance \(target)") }
        let moved = records.values.contains { $0.move?.token == token }
        let names = names(leadingTo: source)
        guard moved || !names.isEmpty else { throw ProviderError("no endpoint leads to \(source)") }
        for name in names {
            var record = records[name] ?? EndpointRecord()
            if let other = record.move {
                if other.token == token { continue }
                throw ProviderError(
                    "the endpoint of \(name) is being moved by the migration \(other.migration)",
                    help: "end that one first: pgsteer migration status \(other.migration)"
                )
            }
            let lead = EndpointLead(instance: target, id: id, migration: migration)
            record.move = EndpointMove(migration: migration, token: token, to: name == target ? nil : lead)
            records[name] = record
        }
    }

    /// Lets the endpoints that a migration moves lead to where the writes go, or to where they led before.
    mutating func lead(_ token: String, isDone: Bool) {
        for (name, record) in records where record.move?.token == token { records[name]?.move?.isDone = isDone }
    }

    /// Ends a move: the endpoints stay where they lead.
    mutating func end(_ token: String) {
        for (name, record) in records where record.move?.token == token {
            let lead = record.destination
            records[name] = lead.map { EndpointRecord(lead: $0) }
        }
    }

    /// Why an instance cannot go, and what to do about it; nil when nobody's endpoint needs it.
    func removalObstacle(of instance: String) -> (reason: String, help: String)? {
        if let move = records[instance]?.move {
            return (
                "the migration \(move.migration) is moving its endpoint",
                "end the migration first: pgsteer migration finish, rollback or cancel \(move.migration)"
            )
        }
        let others = records.filter { name, record in
            name != instance && record.others.contains { leads($0, to: instance) }
        }
        guard let name = others.keys.min(), let record = others[name] else { return nil }
        if let move = record.move {
            return (
                "the migration \(move.migration) moves the endpoint of \(name) to it",
                "end the migration first: pgsteer migration finish, rollback or cancel \(move.migration)"
            )
        }
        return (
            "the endpoint of \(name) leads to it",
            "its clients may still use that address; destroy \(name) first, which closes it"
        )
    }
}
