import ArgumentParser
import FleetModel
import Resources

struct ParametersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parameters",
        abstract: "Compares the parameters of instances.",
        subcommands: [Difference.self]
    )

    struct Difference: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Shows the parameters in which two instances differ.",
            discussion: "What every instance has of its own, such as its port and its files, is left out."
        )

        @Argument(help: "An instance.", completion: .instance)
        var first: String

        @Argument(help: "Another one.", completion: .instance)
        var second: String

        @OptionGroup var servers: ServerOptions
        @OptionGroup var global: GlobalOptions

        @Option(name: .shortAndLong, help: "table, wide, json, yaml or name.")
        var output = ListFormat.table

        func run() async throws {
            let terminal = Terminal(global)
            do {
                let session = await FleetSession(global, desired: servers.desired)
                let servers = try await [first, second]
                    .asyncMap { name in
                        guard let instance = try await session.instances(named: name).first,
                            let server = instance.server
                        else { throw ConnectError("\(name) does not run, so its parameters cannot be read") }
                        return server
                    }
                let rows = ParameterContrast.of(servers[0], servers[1])
                try Listing.print(rows, as: output, to: terminal, header: ["parameter", first, second])
                if rows.isEmpty { terminal.tell("\(first) and \(second) have the same parameters\n") }
            } catch {
                throw terminal.failure(error)
            }
        }
    }
}

/// A parameter in which two instances differ.
struct ParameterContrast: Listable {
    static let header = ["parameter", "first", "second"]

    var name: String
    /// Nil where the server has no such parameter.
    var first: String?
    var second: String?

    static func of(_ first: ObservedServer, _ second: ObservedServer) -> [ParameterContrast] {
        Set(first.parameters.keys).union(second.parameters.keys).sorted()
            .filter { ReservedParameters.reason(for: $0) == nil }
            .compactMap { name in
                let sides = [first.parameters[name], second.parameters[name]]
                let isOwn = sides.contains { $0?.context == ParameterDefinition.Context.internal.rawValue }
                guard sides[0]?.setting != sides[1]?.setting, !isOwn else { return nil }
                return ParameterContrast(name: name, first: sides[0]?.shown, second: sides[1]?.shown)
            }
    }

    var row: [String] { [name, shown(first), shown(second)] }

    private func shown(_ value: String?) -> String { value.map { $0.isEmpty ? "\"\"" : $0 } ?? "(no such parameter)" }
}

extension Array {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
