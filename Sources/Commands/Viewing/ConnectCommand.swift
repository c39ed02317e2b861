import ArgumentParser
import Diagnostics
import FleetModel
import Glibc
import Providers
import Resources
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Opens psql on an instance's endpoint, or prints how to connect.",
        discussion: """
            The password comes from PGPASSWORD or ~/.pgpass as psql has it, or from the account's passwordFrom when the \
            specifications are named or stand in the folder specs. It is never printed.

              pgsteer connect orders --as app
              pgsteer connect orders --as app -- -c 'select now()'
              eval "$(pgsteer connect orders --print env)"; psql
            """
    )

    @Argument(help: "The instance.", completion: .instance)
    var name: String

    @Option(
        name: .customLong("as"),
        help: "The account; by default the first one that may log in, administrators first."
    )
    var account: String?

    @Option(name: .shortAndLong, help: "The database; by default the account's own, or the first.")
    var database: String?

    @Option(help: ArgumentHelp("The read-only group to connect to, instead of the instance's own endpoint."))
    var group: String?

    @Flag(name: .customLong("public"), help: "Through the public endpoint.")
    var isPublic = false

    @Option(help: "Print instead of opening psql: uri, env, psql, service or pgadmin.")
    var print: ConnectionForm.Kind?

    @Option(help: ArgumentHelp("Where the account's passwordFrom stands.", valueName: "path"), completion: .file())
    var specs: [String] = []

    @Argument(parsing: .postTerminator, help: "Arguments for psql, after --.")
    var psqlArguments: [String] = []

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if isPublic, group != nil {
            throw ValidationError("a read-only group has no public endpoint: leave one of the two out")
        }
    }

    func run() async throws {
        let terminal = Terminal(global)
        let session = await FleetSession(global)
        do {
            let instances = try await session.instances(named: name)
            guard let instance = instances.first else { return }
            let endpoint = try endpoint(of: instance)
            // Since a migration another instance may answer there, with its own accounts and databases.
            var answering: ObservedInstance?
            if let other = endpoint.leadsTo {
                answering = try await session.instances(named: other).first
                terminal.tell("the endpoint of \(name) leads to \(other)\n")
            }
            let form = try form(for: answering ?? instance, at: endpoint)
            if let print { return terminal.write(try form.text(print)) }
            try open(
                form,
                secret: password(of: form.user, at: (answering ?? instance).placement.name),
                psql: session.local.binaries.folders[(answering ?? instance).placement.major]
            )
        } catch {
            throw terminal.failure(error)
        }
    }

    private func form(for instance: ObservedInstance, at endpoint: ObservedEndpoint) throws -> ConnectionForm {
        let placement = instance.placement
        guard placement.state == .running else {
            throw ConnectError(
                "\(placement.name) is \(placement.state.rawValue); bring it back with: pgsteer apply"
            )
        }
        let accounts = AccountListing.all(in: [instance]).filter(\.login)
        let databases = DatabaseListing.all(in: [instance])
        let chosen: AccountListing?
        if let account {
            chosen = accounts.first { $0.name == account.lowercased() }
            if chosen == nil { throw ConnectError.unknown("account", account, in: name, known: accounts.map(\.name)) }
        } else {
            chosen = accounts.first { $0.createrole && $0.createdb } ?? accounts.first
        }
        guard let user = chosen?.name else { throw ConnectError("\(name) has no account that may log in; declare one") }
        if let database, !databases.contains(where: { $0.name == database }) {
            throw ConnectError.unknown("database", database, in: name, known: databases.map(\.name))
        }
        let own = databases.first { $0.owner == user } ?? databases.first { $0.name != "postgres" }
        return ConnectionForm(
            instance: name,
            host: endpoint.address,
            port: endpoint.port,
            user: user,
            database: database ?? own?.name ?? "postgres",
            encryption: encryption(of: instance.placement)
        )
    }

    /// A server of the home's own authority can be verified; one that somebody brought a certificate for, by them.
    private func encryption(of placement: InstanceObservation) -> [(keyword: String, value: String)] {
        guard let tls = placement.tls, tls.mode != .off else { return [] }
        guard let file = tls.authorityFile else { return [("sslmode", "require")] }
        return [("sslmode", "verify-full"), ("sslrootcert", file)]
    }

    private func endpoint(of instance: ObservedInstance) throws -> ObservedEndpoint {
        let placement = instance.placement
        var endpoint = isPublic ? placement.publicEndpoint : placement.endpoint
        if isPublic, endpoint == nil {
            throw ConnectError(
                "\(name) has no public endpoint\nhelp: declare it with network: { public: true } and apply"
            )
        }
        if let group {
            guard let found = placement.groups.first(where: { $0.name == group }) else {
                throw ConnectError.unknown("read-only group", group, in: name, known: placement.groups.map(\.name))
            }
            endpoint = found.endpoint
        }
        // One that does not run is told by what it is.
        if placement.state != .running, endpoint?.leadsTo == nil {
            throw ConnectError("\(name) is \(placement.state.rawValue); bring it back with: pgsteer apply")
        }
        guard let endpoint, endpoint.isOpen else {
            throw ConnectError("the endpoint of \(group ?? name) is closed; bring it back with: pgsteer apply")
        }
        return endpoint
    }

    /// The password that the specifications refer to; nil when they say nothing, and psql asks.
    private func password(of user: String, at instance: String) -> Secret? {
        let paths = specs.isEmpty && FileManager.default.fileExists(atPath: "specs") ? ["specs"] : specs
        guard !paths.isEmpty else { return nil }
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load(SpecFiles.read(paths, collector: &collector), collector: &collector)
        let account = fleet.object(ResourceID(Account.kind, instance, user))
        let loading = SecretLoading(environment: ProcessInfo.processInfo.environment)
        return account?.secrets.first.flatMap { loading.secret($0, collector: &collector) }
    }

    /// Becomes psql, so that the terminal, signals and the exit status are psql's own.
    private func open(_ form: ConnectionForm, secret: Secret?, psql folder: String?) throws {
        let beside = (folder ?? "") + "/psql"
        let program = access(beside, X_OK) == 0 ? beside : "psql"
        // The environment is readable by this user and root alone; an argument would be by everybody.
        if let secret, getenv("PGPASSWORD") == nil { setenv("PGPASSWORD", secret.revealed, 1) }
        for (name, value) in form.encryptionVariables where getenv(name) == nil { setenv(name, value, 1) }
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + form.psqlArguments + psqlArguments)
            .map { strdup($0) }
        arguments.append(nil)
        execvp(program, &arguments)
        throw ConnectError("could not run \(program): \(String(cString: strerror(errno)))")
    }
}

struct ConnectError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }

    static func unknown(_ what: String, _ name: String, in instance: String, known: [String]) -> ConnectError {
        let help =
            NearestName.question(name, among: known)
            ?? (known.isEmpty ? "it has none" : "there are \(known.joined(separator: ", "))")
        return ConnectError("\(instance) has no \(what) \(name) to log in with\nhelp: \(help)")
    }
}
