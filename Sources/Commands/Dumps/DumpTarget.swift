import ArgumentParser
import Diagnostics
import FleetModel
import LogicalDumps
import Observing
import PostgresClient
import Providers
import Resources
import SQL

/// A database of a running instance that is dumped or loaded.
struct DumpTarget {
    let tools: LocalProvider.ClientTools
    let database: String
    let charset: String
    /// Who owns the database.
    let owner: String
    /// How many tables hold data.
    let tableCount: Int

    /// Throws for a name that there is not, and for a server that cannot be asked.
    init(_ session: FleetSession, instance: String, database: String) async throws {
        let placement = try await session.placement(of: instance)
        guard placement.state == .running else {
            throw ConnectError("\(instance) is \(placement.state.rawValue); bring it back with: pgsteer apply")
        }
        tools = try await session.local.clientTools(of: instance)
        let rows = try await session.observer.open(instance)
            .closing { connection in
                try await connection.query(
                    """
                    SELECT datname AS name, pg_encoding_to_char(encoding) AS charset, pg_get_userbyid(datdba) AS owner
                    FROM pg_database WHERE datallowconn ORDER BY datname
                    """
                )
            }
        guard let row = rows.first(where: { $0.text("name") == database }) else {
            let names = rows.map { $0.text("name") }
            let help = NearestName.question(database, among: names) ?? "there are \(names.joined(separator: ", "))"
            throw ConnectError("\(instance) has no database \(database)\nhelp: \(help)")
        }
        self.database = database
        charset = row.text("charset")
        owner = row.text("owner")
        let count = try await session.observer.open(instance, database: database)
            .closing { connection in
                try await connection.query(
                    """
                    SELECT count(*) AS n FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema'
                        AND NOT starts_with(n.nspname, 'pg_')
                    """
                )
            }
        tableCount = count.first?.integer("n") ?? 0
    }
}

extension DumpTarget {
    /// What PostgreSQL's programs are told to reach the database.
    func arguments(_ choice: DumpChoice) -> DumpArguments {
        DumpArguments(
            sockets: tools.sockets,
            port: tools.port,
            database: database,
            withPermissions: choice.withPermissions,
            jobs: choice.jobs ?? FleetSession.cores
        )
    }
}

/// Which part of a database is meant; the same for both ways.
struct DumpChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Only this table, or tables that fit a pattern; may be repeated.", valueName: "pattern"))
    var table: [String] = []

    @Option(help: ArgumentHelp("Only this schema; may be repeated.", valueName: "pattern"))
    var schema: [String] = []

    @Option(help: "Only structure, or only data.")
    var part: PartName?

    @Flag(help: "With owners and privileges; the roles must be there when it is loaded.")
    var withPermissions = false

    @Option(
        name: .shortAndLong,
        help: "How many tables at a time, where the format allows; the number of cores by default."
    )
    var jobs: Int?

    enum PartName: String, ExpressibleByArgument, CaseIterable {
        case structure
        case data
    }

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs is 1 or more") }
    }
}
