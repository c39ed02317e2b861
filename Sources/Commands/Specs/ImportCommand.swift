import ArgumentParser
import FleetModel
import Importing
import Observing
import PostgresClient
import Providers
import Resources
import SideEffects
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Writes specifications of a server that exists: databases, accounts, privileges, parameters.",
        discussion: """
            The specifications plan to no change against that server; nothing is written to it. Passwords are not read: each \
            account that has one refers to an environment variable.

              pgsteer import --uri postgresql://admin@db.example.com/postgres --name orders > specs/orders.yaml
              pgsteer import --service orders --password-env ORDERS_PASSWORD > specs/orders.yaml
            """
    )

    @Option(help: "A connection URI without a password; postgresql://USER@HOST:PORT/DATABASE.")
    var uri: String?

    @Option(help: "A service of a connection service file.")
    var service: String?

    @Option(
        help: ArgumentHelp("The environment variable with the password; else as psql finds it.", valueName: "variable")
    )
    var passwordEnv: String?

    @Option(help: "The name of the instance.")
    var name = "imported"

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if (uri == nil) == (service == nil) { throw ValidationError("name the server with --uri or with --service") }
        if let problem = uri.flatMap(InstanceConnection.problem) {
            throw ValidationError("\(problem) For import, name a variable with --password-env")
        }
        guard name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_-]{0,59}/) != nil else {
            throw ValidationError("an instance name has 1 to 60 letters, digits, \"_\" or \"-\"")
        }
        if let passwordEnv, (ProcessInfo.processInfo.environment[passwordEnv] ?? "").isEmpty {
            throw ValidationError("the environment variable \(passwordEnv) is not set")
        }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let server = try await observedServer()
            var importing = ServerImport(instance: name, connection: connection, server: server)
            let result = importing.result()
            let notes = result.notes.map { "# not carried: \($0.replacing("\n", with: " "))\n" }.joined()
            let documents = result.documents.map { YAMLText.text($0) }.joined(separator: "---\n")
            terminal.write(
                "# Written by pgsteer import; what is not mentioned here is left as it is.\n\(notes)\(documents)"
            )
        } catch {
            throw terminal.failure(error)
        }
    }

    private var connection: JSONValue {
        var members: [String: JSONValue] = [:]
        members["uri"] = uri.map { .string($0) }
        members["service"] = service.map { .string($0) }
        members["passwordFrom"] = passwordEnv.map { .object(["env": .string($0)]) }
        return .object(members)
    }

    private func observedServer() async throws -> ObservedServer {
        let password = passwordEnv.flatMap { ProcessInfo.processInfo.environment[$0] }
        let base: ConnectionTarget.Base = uri.map { .uri($0) } ?? .service(service ?? "")
        let provider = ExternalProvider(
            servers: [name: ConnectionTarget(base, password: password)],
            home: global.localHome,
            effects: SideEffectCounter(),
            applicationName: "pgsteer/import"
        )
        let observer = Observer(provider: provider, applicationName: "pgsteer/import")
        guard let placement = try await provider.observe(name) else { throw ConnectError("there is no connection") }
        let observed = await observer.instance(placement, desired: nil, isComplete: true)
        guard let server = observed.server else {
            throw ProviderError("the server cannot be imported: \(observed.placement.problem ?? "it cannot be asked")")
        }
        return server
    }
}
