import ArgumentParser
import Diagnostics
import Resources
import SpecLoading
import SpecSchema

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Prints every resource on its own: inline entries, counts, templates and defaults expanded."
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print JSON instead of YAML.")
    var json = false

    func run() async throws {
        let terminal = Terminal(global)
        let session = try SpecSession(specs)
        try session.stopOnErrors(terminal)
        terminal.tell(session.collector.sorted)
        let fleet = session.fleet
        let instances = fleet.instances.values.sorted { $0.name < $1.name }.map(\.document)
        let migrations = fleet.migrations.values.sorted { $0.name.value < $1.name.value }.map(\.document)
        let documents =
            (instances + fleet.readOnlyGroups.map(\.document) + fleet.objects.compactMap(\.document) + migrations)
            .map { document in
                document.adding("apiVersion", .string(SpecLoader.apiVersion))
            }
        if json {
            try terminal.write(json: documents)
        } else {
            terminal.write(documents.map { "---\n" + YAMLText.text($0) }.joined())
        }
    }
}

extension JSONValue {
    fileprivate func adding(_ key: String, _ value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members[key] = value
        return .object(members)
    }
}
