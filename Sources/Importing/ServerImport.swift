import FleetModel
package import Resources
package import SpecSchema

/// Writes what a server has as specifications that plan to nothing against it.
///
/// Only what differs from what every new server, role or database has is written, so that adopting a server resets
/// nothing and a reader sees what was decided.
package struct ServerImport {
    /// The specifications, and what could not be put into them.
    package struct Result {
        package var documents: [JSONValue]
        /// Sentences for people.
        package var notes: [String]
    }

    let instance: String
    let connection: JSONValue
    let server: ObservedServer
    private(set) var notes: [String] = []
    private var told: Set<Name> = []

    /// - Parameter connection: What stands under `connection`.
    package init(instance: String, connection: JSONValue, server: ObservedServer) {
        self.instance = instance
        self.connection = connection
        self.server = server
    }

    var major: Int { server.version / 10_000 }

    package mutating func result() -> Result {
        var (inline, shared) = grants()
        shared += withheld()
        var spec: [String: JSONValue] = ["version": .integer(major), "connection": connection]
        let parameters = self.parameters()
        if !parameters.isEmpty { spec["parameters"] = .object(parameters) }
        let accounts = self.accounts(grants: inline)
        if !accounts.isEmpty { spec["accounts"] = .array(accounts) }
        let databases = self.databases()
        if !databases.isEmpty { spec["databases"] = .array(databases) }
        for name in server.settingsOfAllRoles { note("ALTER ROLE ALL: its setting \(name) is not managed") }
        var documents = [document("Instance", name: instance, .object(spec))]
        if !shared.isEmpty {
            documents.append(
                document(
                    "Grant",
                    name: "\(instance.prefix(50))-others",
                    .object(["instance": .string(instance), "grants": .array(shared)])
                )
            )
        }
        return Result(documents: documents, notes: notes)
    }

    /// Tells what could not be written, once.
    mutating func note(_ text: String) {
        if told.insert(Name(text)).inserted { notes.append(text) }
    }

    private func document(_ kind: String, name: String, _ spec: JSONValue) -> JSONValue {
        .object([
            "apiVersion": "pgsteer/v1", "kind": .string(kind), "metadata": .object(["name": .string(name)]),
            "spec": spec,
        ])
    }

    /// Whether a name can stand in a specification.
    func isWritable(_ name: String) -> Bool {
        !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    // MARK: Parameters

    private mutating func parameters() -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for parameter in server.parameters.values.sorted(by: { $0.name < $1.name })
        where parameter.isSetOnPurpose && ReservedParameters.reason(for: parameter.name) == nil {
            let known = ParameterCatalogue.definition(of: parameter.name, major: major)
            guard isWritable(parameter.setting), known != nil || parameter.name.contains(".") else {
                note("parameter \(parameter.name): its name or value cannot be written")
                continue
            }
            let shown = parameter.shown
            if let known, known.kind != .string, (try? known.normalise(shown)) == nil {
                note("parameter \(parameter.name): the value \(shown) is outside what PostgreSQL \(major) documents")
                continue
            }
            result[parameter.name] = .string(shown)
        }
        return result
    }
}
