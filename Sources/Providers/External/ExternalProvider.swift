package import FleetModel
package import PostgresClient
import SQL
package import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Manages servers that exist already, wherever they are: what is in them, and neither making, starting nor stopping them.
///
/// What was applied to such a server is remembered in the home, since it has no place of its own that is ours. Losing that
/// loses the knowledge which privileges and settings pgsteer gave, so that it takes none of them back by itself.
package struct ExternalProvider: InstanceProvider {
    /// What the planner may ask of it.
    package static let name = "external"

    private let servers: [String: ConnectionTarget]
    private let home: LocalHome
    private let files: LocalFiles

    /// - Parameter applicationName: As what its sessions show themselves to others.
    package init(
        servers: [String: ConnectionTarget],
        home: LocalHome,
        effects: SideEffectCounter,
        applicationName: String
    ) {
        self.servers = servers.mapValues { $0.named(applicationName) }
        self.home = home
        files = LocalFiles(effects: effects)
    }

    /// Whether the instance is one of those servers.
    package func keeps(_ name: String) -> Bool { servers[name] != nil }

    package func observe() async throws -> [String: InstanceObservation] {
        await withTaskGroup(of: InstanceObservation?.self) { group in
            for name in servers.keys { group.addTask { await observation(of: name) } }
            var result: [String: InstanceObservation] = [:]
            for await observation in group { if let observation { result[observation.name] = observation } }
            return result
        }
    }

    package func observe(_ name: String) async throws -> InstanceObservation? { await observation(of: name) }

    package func administration(of name: String, node: Int?) throws -> ConnectionTarget {
        guard let target = servers[name] else { throw ProviderError("there is no connection to \(name)") }
        return target
    }

    package func perform(_ operation: ProviderOperation, on name: String) async throws -> ProviderOutcome {
        switch operation {
        case .configure(let values): return try await configure(name, values.changed)
        case .record(let record):
            try files.makeFolder(folder, mode: 0o755)
            return try files.write(text(of: record), to: path(of: name), mode: 0o600) ? .performed : .alreadyDone
        case .expose, .tendLogs: return .alreadyDone
        case .destroy, .secure, .provision, .start, .restart, .switchover, .attach, .detach, .attachGroup, .detachGroup,
            .archive, .backup:
            throw ProviderError(
                "\(name) is a server that exists without pgsteer; it is neither made, started, stopped, backed up nor deleted here"
            )
        }
    }

    private func observation(of name: String) async -> InstanceObservation? {
        guard let target = servers[name] else { return nil }
        do throws(PostgresError) {
            let connection = try await PostgresConnection.open(target)
            let version = await connection.serverVersion
            let place = await connection.place
            await connection.close()
            return InstanceObservation(
                name: name,
                state: .running,
                id: ExternalProvider.name,
                major: version / 10_000,
                endpoint: ObservedEndpoint(address: place.host, port: place.port, isOpen: true),
                nodes: [ObservedNode(number: 1, role: .primary, isRunning: true, processID: nil)],
                record: record(of: name)
            )
        } catch {
            let problem = "it cannot be reached at \(target): \(error.message). Check the connection and its password."
            return InstanceObservation(name: name, state: .blocked, problem: problem, record: record(of: name))
        }
    }

    /// Writes each parameter with ALTER SYSTEM, and lets the server read them.
    private func configure(_ name: String, _ values: [String: String?]) async throws -> ProviderOutcome {
        guard !values.isEmpty else { return .alreadyDone }
        let announce: @Sendable (Statement) -> Void = { files.effects.willPerform($0.shown) }
        try await PostgresConnection.with(administration(of: name, node: nil), beforeWrite: announce) { connection in
            for (parameter, value) in values.sorted(by: { $0.key < $1.key }) {
                guard let value, !ParameterList.isWithoutLibraries(value, of: parameter) else {
                    try await connection.execute("ALTER SYSTEM RESET \(parameter: parameter)")
                    continue
                }
                let literals = ParameterList.literals(of: value, for: parameter)
                try await connection.execute("ALTER SYSTEM SET \(parameter: parameter) TO \(literals)")
            }
            try await connection.reload()
        }
        return .performed
    }

    // MARK: What is remembered

    private var folder: String { home.path + "/external" }
    private func path(of name: String) -> String { "\(folder)/\(name).json" }

    private func record(of name: String) -> OwnershipRecord {
        LocalFiles.text(path(of: name)).flatMap { try? JSONDecoder().decode(OwnershipRecord.self, from: Data($0.utf8)) }
            ?? OwnershipRecord()
    }

    private func text(of record: OwnershipRecord) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(record) else { preconditionFailure("a record is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
