import ArgumentParser
import Diagnostics
import FleetModel
import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct DescribeCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case yaml
    }

    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Shows one instance: status, endpoint, nodes, databases, accounts, parameters."
    )

    @Argument(help: "The instance.", completion: .instance)
    var name: String

    @OptionGroup var servers: ServerOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text, json or yaml.")
    var output = Format.text

    private struct Document: Encodable {
        var formatVersion = "1.0"
        var instance: InstanceListing
        /// How it goes on without its primary, and when commits are acknowledged right now.
        var availability: String
        var endpoints: [EndpointListing]
        /// Left out for a server whose TLS is others' to set up.
        var tls: TLSListing?
        var nodes: [NodeListing]
        var readOnlyGroups: [ReadOnlyGroupListing]
        /// Left out for an instance that is not backed up.
        var backup: BackupStatusListing?
        /// Left out when no loop has ever kept this home.
        var loop: LoopListing?
        var conditions: [ConditionListing]
        var databases: [DatabaseListing]
        var accounts: [AccountListing]
        var parameters: [ParameterListing]
    }

    func run() async throws {
        let terminal = Terminal(global)
        let session = await FleetSession(global, desired: servers.desired)
        do {
            let instances = try await session.instances(named: name)
            guard let instance = instances.first else { return }
            let state = LoopListing.state(of: session.home)
            let document = Document(
                instance: InstanceListing(instance),
                availability: availability(of: instance),
                endpoints: EndpointListing.all(of: instance),
                tls: instance.placement.tls.map(TLSListing.init),
                nodes: NodeListing.all(of: instance),
                readOnlyGroups: ReadOnlyGroupListing.all(of: instance),
                backup: BackupStatusListing(instance, session.local, now: Int(Date.now.timeIntervalSince1970)),
                loop: state.map { LoopListing(session.home, $0) },
                conditions: ConditionListing.all(in: state, of: instance.placement.name),
                databases: DatabaseListing.all(in: instances),
                accounts: AccountListing.all(in: instances),
                parameters: ParameterListing.all(in: instances, isComplete: false)
            )
            switch output {
            case .json: try terminal.write(json: document)
            case .yaml: try terminal.write(yaml: document)
            case .text: terminal.write(text(document, serverVersion: instance.server?.version, terminal))
            }
        } catch {
            throw terminal.failure(error)
        }
    }

    private func availability(of instance: ObservedInstance) -> String {
        let policy = instance.placement.record.availability ?? AvailabilityPolicy()
        guard policy.mode == .dual else { return "single" }
        let names = instance.server?.parameters["synchronous_standby_names"]?.setting
        let inForce = names.map { $0.isEmpty ? "async" : "sync" } ?? "unknown"
        let desired = policy.replication.rawValue
        return "dual, \(inForce)" + (inForce == desired ? "" : " in force, \(desired) desired")
    }

    private func text(_ document: Document, serverVersion: Int?, _ terminal: Terminal) -> String {
        let style = terminal.resultStyle
        let instance = document.instance
        let version = serverVersion.map { "\($0 / 10_000).\($0 % 10_000)" } ?? String(instance.version)
        var lines = [
            style.paint(instance.name, .emphasis),
            "  status      \(instance.status)",
            "  id          \(instance.id)",
            "  version     PostgreSQL \(version)",
            "  charset     \(instance.charset)",
        ]
        lines += document.endpoints.isEmpty ? ["  endpoint    -"] : document.endpoints.map(\.sentence)
        lines += [
            "  project     \(instance.project ?? "-")",
            "  tags        \(InstanceListing.pairs(instance.tags))",
            "  size        \(InstanceListing.pairs(instance.size))",
            "  storage     \(instance.shownStorage)",
            "  available   \(document.availability)",
            "  tls         \(document.tls?.sentence ?? "-")",
            "  protection  deletion \(instance.isProtected ? "refused" : "allowed")",
        ]
        if let problem = instance.problem {
            lines.insert("  \(style.paint("problem", .error))     \(problem.visibleLines)", at: 2)
        }
        lines += document.backup?.lines(terminal) ?? []
        if let loop = document.loop { lines.append("  loop        \(loop.sentence)") }
        lines += document.conditions.map { condition in
            let label = condition.condition == .backedUp ? "backed up" : condition.condition.rawValue.lowercased()
            let space = String(repeating: " ", count: max(1, 12 - label.count))
            return "  \(label)\(space)\(condition.isTrue ? "" : "no, ")\(condition.row[5]) "
                + "(\(condition.reason.rawValue) since \(condition.row[4]))"
        }
        lines += document.nodes.map { "  node \($0.number)      \($0.sentence)" }
        let sections = [
            section("Read-only groups", ReadOnlyGroupListing.self, document.readOnlyGroups, style: terminal),
            section("Databases", DatabaseListing.self, document.databases, style: terminal),
            section("Accounts", AccountListing.self, document.accounts, style: terminal),
            section(
                "Parameters other than PostgreSQL's own",
                ParameterListing.self,
                document.parameters,
                style: terminal
            ),
        ]
        return lines.joined(separator: "\n") + "\n" + sections.joined()
    }

    private func section<Item: Listable>(_ title: String, _: Item.Type, _ items: [Item], style terminal: Terminal)
        -> String
    {
        guard !items.isEmpty else { return "" }
        // The first column is the instance, which the reader knows.
        var table = Table(Array(Item.header.dropFirst()))
        for item in items { table.add(Array(item.row.dropFirst())) }
        let text = table.text(style: terminal.resultStyle).split(separator: "\n").map { "  \($0)\n" }.joined()
        return "\n\(terminal.resultStyle.paint(title, .emphasis))\n\(text)"
    }
}
