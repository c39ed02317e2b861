import ArgumentParser
import Diagnostics
import FleetModel
import Observing
import Reconciliation
import Resources

struct GetCommand: AsyncParsableCommand {
    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case instances
        case endpoints
        case securityGroups = "securitygroups"
        case nodes
        case accounts
        case databases
        case parameters
        case readonlygroups
        case conditions
        case backups

        /// Takes one of them for all, in any case: `instance`, `Account`.
        init?(argument: String) {
            let word = argument.lowercased()
            guard let subject = Self.allCases.first(where: { [word, word + "s"].contains($0.rawValue) }) else {
                return nil
            }
            self = subject
        }

        /// Their names, for people.
        static var list: String {
            let names = allCases.map(\.rawValue)
            return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Lists what is there: instances, endpoints, nodes, accounts, parameters and more.",
        discussion: """
            Parameters are those that differ from PostgreSQL's own defaults; -o wide lists all of them. Conditions are what \
            the loop (pgsteer run) wrote down last; they are read without asking any server. Security groups are those of \
            the specifications:

              pgsteer get securitygroups                             all rules
              pgsteer get securitygroups --effective orders          the rules that would guard orders, in order
              pgsteer get securitygroups --effective orders 10.1.2.3 which of them decides about an address
            """
    )

    @Argument(help: "\(Subject.list).")
    var subject: Subject

    @Option(help: ArgumentHelp("With securitygroups: the rules that would guard this instance.", valueName: "instance"))
    var effective: String?

    @Argument(
        help: ArgumentHelp("Only of this instance; with --effective, an address.", valueName: "instance"),
        completion: .instance
    )
    var instance: String?

    @OptionGroup var servers: ServerOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "table, wide, json, yaml or name.")
    var output = ListFormat.table

    func run() async throws {
        let terminal = Terminal(global)
        if subject == .securityGroups { return try showSecurityGroups(terminal) }
        let session = await FleetSession(global, desired: servers.desired)
        do {
            if subject == .conditions { return try listConditions(session) }
            if subject == .backups {
                let archives = try await session.archives(named: instance)
                try Listing.print(BackupListing.all(in: archives), as: output, to: terminal)
                return await BackupStatusListing.tellAlarms(of: instance, session)
            }
            let instances = try await session.instances(named: instance)
            switch subject {
            case .backups: break
            case .instances: try Listing.print(instances.map(InstanceListing.init), as: output, to: terminal)
            case .endpoints: try Listing.print(instances.flatMap(EndpointListing.all), as: output, to: terminal)
            case .nodes: try Listing.print(instances.flatMap(NodeListing.all), as: output, to: terminal)
            case .readonlygroups:
                try Listing.print(instances.flatMap(ReadOnlyGroupListing.all), as: output, to: terminal)
            case .securityGroups: break
            case .accounts: try Listing.print(AccountListing.all(in: instances), as: output, to: terminal)
            case .databases: try Listing.print(DatabaseListing.all(in: instances), as: output, to: terminal)
            case .parameters:
                let isComplete = [.wide, .json, .yaml].contains(output)
                try Listing.print(ParameterListing.all(in: instances, isComplete: isComplete), as: output, to: terminal)
            case .conditions: break
            }
        } catch {
            throw terminal.failure(error)
        }
    }

    private func listConditions(_ session: FleetSession) throws {
        let state = LoopListing.state(of: session.home)
        let loop = LoopListing(session.home, state)
        if !loop.isRunning || loop.pause != nil || loop.specProblem != nil || loop.git?.problem != nil {
            session.terminal.tell("the loop: \(loop.sentence)\n")
        }
        try Listing.print(ConditionListing.all(in: state, of: instance), as: output, to: session.terminal)
    }
}

extension GetCommand {
    func validate() throws {
        if effective != nil, subject != .securityGroups {
            throw ValidationError("--effective belongs to: get securitygroups")
        }
    }

    /// Shows the rules of the specifications; no server is asked.
    private func showSecurityGroups(_ terminal: Terminal) throws {
        do {
            let desired = try SecurityGroupPreview.desired(servers.specs)
            guard let effective else {
                let rules = SecurityRuleListing.all(in: desired, group: instance)
                return try Listing.print(rules, as: output, to: terminal)
            }
            let preview = try SecurityGroupPreview(of: effective, in: desired)
            guard let instance else { return try Listing.print(preview.rules, as: output, to: terminal) }
            let decision = try preview.decision(about: instance)
            switch output {
            case .json: try terminal.write(json: decision)
            case .yaml: try terminal.write(yaml: decision)
            case .table, .wide, .name: terminal.write(decision.sentence + "\n")
            }
        } catch {
            throw terminal.failure(error)
        }
    }
}

extension FleetSession {
    /// Returns what is observed of one instance, or of all, by name.
    func instances(named name: String?) async throws -> [ObservedInstance] {
        let all = try await observer.fleet(parallelism: Self.cores * 2).instances.values
            .sorted { $0.placement.name < $1.placement.name }
        guard let name else { return all }
        let found = all.filter { $0.placement.name == name }
        if found.isEmpty { throw UnknownInstanceError(name: name, known: all.map(\.placement.name)) }
        return found
    }
}

/// A name that no instance has.
struct UnknownInstanceError: Error, CustomStringConvertible {
    var name: String
    var known: [String]

    var description: String {
        let help =
            NearestName.question(name, among: known)
            ?? (known.isEmpty
                ? "there are no instances in this home"
                : "there are \(known.sorted().prefix(10).joined(separator: ", "))")
        return "there is no instance \(name)\nhelp: \(help)"
    }
}
