import FleetModel
package import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Migration {
    /// The migration as a document, complete.
    package var document: JSONValue {
        var metadata: [String: JSONValue] = ["name": .string(name.value)]
        metadata["project"] = project.map { .string($0.value) }
        var spec: [String: JSONValue] = [
            "source": source.value.document,
            "target": target.value.document,
            "type": .string(type.value.rawValue),
            "method": .string(method.value.rawValue),
            "objects": objects.document,
            "roles": .boolean(carriesRoles),
            "start": .string(start.description),
        ]
        spec["concurrency"] = concurrency.map { .integer($0) }
        if type.value == .fullAndIncremental {
            spec["cutover"] = cutover.document
            spec["guard"] = sourceGuard.document
        }
        if !renaming.isEmpty {
            spec["rename"] = .object(["schemas": .object(renaming.schemas.mapValues { .string($0) })])
        }
        if !skippedChecks.isEmpty {
            spec["skipChecks"] = .array(
                skippedChecks.map { check in
                    .object(["id": .string(check.id.value.rawValue), "reason": .string(check.reason)])
                }
            )
        }
        return .object(["kind": .string(Self.kind), "metadata": .object(metadata), "spec": .object(spec)])
    }
}

extension MigrationEnd {
    fileprivate var document: JSONValue {
        var members: [String: JSONValue] = [:]
        switch self {
        case .uri(let uri, _): members["uri"] = .string(uri)
        case .service(let name, _): members["service"] = .string(name)
        case .instance(let name, let database):
            members["instance"] = .string(name)
            members["database"] = .string(database)
        case .wholeInstance(let name): members["instance"] = .string(name)
        }
        members["passwordFrom"] = password?.document
        return .object(members)
    }
}

extension ObjectSelection {
    fileprivate var document: JSONValue {
        if isEverything { return .string("all") }
        var members: [String: JSONValue] = [:]
        func add(_ key: String, _ texts: [String], to members: inout [String: JSONValue]) {
            if !texts.isEmpty { members[key] = .array(texts.map { .string($0) }) }
        }
        add("schemas", schemas.map(\.text), to: &members)
        add("tables", tables.map(\.description), to: &members)
        var excluded: [String: JSONValue] = [:]
        add("schemas", excludedSchemas.map(\.text), to: &excluded)
        add("tables", excludedTables.map(\.description), to: &excluded)
        if !excluded.isEmpty { members["exclude"] = .object(excluded) }
        return .object(members)
    }
}

extension SourceGuard {
    fileprivate var document: JSONValue {
        var members: [String: JSONValue] = ["atLimit": .string(atLimit.rawValue)]
        members["retainedWAL"] = retainedWAL.map { .string($0.description) }
        return .object(members)
    }
}

extension CutoverPolicy {
    fileprivate var document: JSONValue {
        let pause = maxWritePause.components
        let milliseconds = pause.seconds * 1000 + pause.attoseconds / 1_000_000_000_000_000
        var members: [String: JSONValue] = [
            "when": .string(when.rawValue),
            "maxWritePause": .string(
                milliseconds.isMultiple(of: 1000) ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
            ),
            "sourceAfter": .string(sourceAfter.rawValue),
            "rollback": .string(rollback.rawValue),
            "endpoint": .string(endpoint.rawValue),
        ]
        if !windows.isEmpty { members["windows"] = .array(windows.map { .string($0) }) }
        return .object(members)
    }
}

extension MigrationStart: CustomStringConvertible {
    package var description: String {
        switch self {
        case .now: "now"
        case .at(let seconds): Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        }
    }
}
