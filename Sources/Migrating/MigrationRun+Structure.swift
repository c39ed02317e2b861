import Glibc
import PostgresClient
import Providers
import Resources
import SQL
import SideEffects
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The definitions of the source, before and after its rows.
struct StructureScripts: Sendable {
    var pre: StructureScript
    var post: StructureScript
    /// The numbers of entries that make tables, by the tables' OIDs.
    private var tables: [Int: Int]

    init(pre: StructureScript, post: StructureScript) {
        self.pre = pre
        self.post = post
        let made = pre.entries.filter { $0.type == "TABLE" }.map { ($0.oid, $0.number) }
        tables = Dictionary(made) { first, _ in first }
    }

    func makes(table: Int) -> Bool { tables[table] != nil }

    /// Indexes and keys of one table, in their order.
    func post(of table: Int) -> [StructureScript.Entry] {
        guard let number = tables[table] else { return [] }
        return post.entries.filter {
            ($0.type == "INDEX" || $0.type == "CONSTRAINT") && $0.dependencies.contains(number)
        }
    }
}

extension MigrationRun {
    /// Nothing of the target is overwritten.
    func refuseWhatIsInTheWay(_ source: PostgresConnection, _ target: PostgresConnection) async throws {
        let wanted = try await SourceCatalogue.relations(source)
        let there = try await SourceCatalogue.relations(target)
        let inTheWay = wanted.intersection(there).sorted()
        guard inTheWay.isEmpty else {
            let names = inTheWay.prefix(5).joined(separator: ", ") + (inTheWay.count > 5 ? ", ..." : "")
            throw MigrationError(
                "the target \(task.target) already has \(inTheWay.count) of the objects that would be made: \(names)",
                help: "drop them there if nobody needs them, or migrate into another database; nothing was changed"
            )
        }
        try await refuseTakenSchemas(target)
        try await bringRoles(source, target)
    }

    /// Takes the source's definitions once, keeps them in the home, and makes what comes before the rows.
    func makeStructure(
        _ source: PostgresConnection,
        _ target: PostgresConnection,
        _ snapshot: SourceSnapshot?,
        _ chosen: [SourceTable]
    ) async throws -> StructureScripts {
        let done = try await journal.entries(target)
        activity("making the structure")
        let isMade = done["structure"] != nil
        if !isMade || !FileManager.default.fileExists(atPath: folder.archive) {
            try await dump(source, snapshot)
        }
        let scripts = StructureScripts(
            pre: try await script("pre-data", source),
            post: try await script("post-data", source)
        )
        if isMade { return scripts }
        let known = Set(try await target.query("SELECT name FROM pg_settings").map { $0.text("name") })
        // The task's own REPLICA IDENTITY FULL is not the source's.
        let chosenIdentities = task.identities.filter { identity in
            chosen.contains { $0.schema == identity.schema && $0.name == identity.table }
        }
        let identities = Statement.joined(
            chosenIdentities.map {
                "; ALTER TABLE ONLY \(identifier: $0.schema).\(identifier: $0.table) REPLICA IDENTITY \(keywords: $0.before)"
            },
            separator: "\n"
        )
        let schemas = Statement.joined(
            neededSchemas(chosen).map { "CREATE SCHEMA IF NOT EXISTS \(identifier: $0);" },
            separator: "\n"
        )
        do {
            try await target.execute(
                script: """
                    BEGIN; \(made: scripts.pre.preamble(knowing: known))
                    \(schemas)
                    \(made: StructureScript.script(scripts.pre.entries))
                    \(identities)
                    ; \(journal.record("structure", at: nil)); COMMIT
                    """
            )
        } catch {
            throw MigrationError("the structure could not be made on the target: \(error.message)", help: error.hint)
        }
        return scripts
    }

    /// Makes what comes after the rows and is no index or key of one table: foreign keys, triggers, rules, ...
    func finishStructure(
        _ scripts: StructureScripts,
        _ chosen: [SourceTable],
        _ target: PostgresConnection
    ) async throws {
        guard try await journal.entries(target)["rest"] == nil else { return }
        activity("making foreign keys, triggers and the rest")
        let known = Set(try await target.query("SELECT name FROM pg_settings").map { $0.text("name") })
        // Without rows, indexes and keys are part of the rest.
        let made: Set<Int> =
            migration.type.value == .structure
            ? [] : Set(chosen.flatMap { scripts.post(of: $0.oid) }.map(\.number))
        let rest = scripts.post.entries.filter { !made.contains($0.number) }
        do {
            try await target.execute(
                script: """
                    BEGIN; \(made: scripts.post.preamble(knowing: known))
                    \(made: StructureScript.script(rest))
                    ; \(journal.record("rest", at: nil)); COMMIT
                    """
            )
            _ = try await target.query("SET search_path TO pg_catalog")
        } catch {
            throw MigrationError(
                "foreign keys, triggers and the like could not be made on the target: \(error.message)",
                help: error.detail ?? error.hint
            )
        }
    }

    // MARK: pg_dump

    private func dump(_ source: PostgresConnection, _ snapshot: SourceSnapshot?) async throws {
        let version = await source.serverVersion / 10_000
        let program = try binaries(for: version) + "/pg_dump"
        // Passwords go by the environment, which only this user and root can read.
        var variables: [String: String] = ["PGAPPNAME": objectName]
        for (keyword, value) in await source.resolvedKeywords {
            if let variable = Self.variables[keyword] { variables[variable] = value }
        }
        var arguments = [
            "--schema-only", "--format=custom", "--no-publications", "--no-subscriptions", "--no-tablespaces",
            "--lock-wait-timeout=60000", "--exclude-schema=\(Journal.schema)", "--file=\(folder.archive).new",
        ]
        if let snapshot { arguments.append("--snapshot=\(snapshot.name)") }
        arguments += try await selection(source)
        effects.willPerform("dump the structure of \(task.source)")
        let result = try await ChildProcess.run(program, arguments, variables: variables)
        guard result.isSuccess else {
            throw MigrationError(
                "pg_dump could not read the structure of \(task.source): \(result.errors.split(separator: "\n").joined(separator: "; "))"
            )
        }
        effects.willPerform("keep the structure of \(task.source)")
        guard rename("\(folder.archive).new", folder.archive) == 0 else {
            throw MigrationError("could not keep \(folder.archive)")
        }
    }

    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
        "password": "PGPASSWORD", "passfile": "PGPASSFILE", "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL", "gssencmode": "PGGSSENCMODE",
        "target_session_attrs": "PGTARGETSESSIONATTRS", "channel_binding": "PGCHANNELBINDING",
    ]

    /// The source's own pg_dump knows it best; a newer one reads it, too.
    private func binaries(for version: Int) throws -> String {
        let usable = order.binaries.keys.filter { $0 >= version }.sorted()
        guard let major = usable.first, let folder = order.binaries[major] else {
            throw MigrationError(
                "this host has no pg_dump that reads PostgreSQL \(version)",
                help:
                    "install PostgreSQL \(version) or newer, or name its folder in local.binaries of the Fleet document"
            )
        }
        return folder
    }

    private func script(_ section: String, _ source: PostgresConnection) async throws -> StructureScript {
        let program = try await binaries(for: source.serverVersion / 10_000) + "/pg_restore"
        let path = "\(folder.scripts)-\(section).sql"
        let result = try await ChildProcess.run(
            program,
            ["--verbose", "--no-tablespaces", "--section=\(section)", "--file=\(path)", folder.archive]
        )
        guard result.isSuccess, let text = LocalFiles.text(path) else {
            throw MigrationError("pg_restore could not read \(folder.archive): \(result.errors)")
        }
        return StructureScript(text)
    }

    // MARK: What is chosen

    /// What tells pg_dump to leave out what is not meant.
    private func selection(_ source: PostgresConnection) async throws -> [String] {
        if migration.objects.isEverything { return [] }
        let rows = try await source.query(
            """
            SELECT n.nspname AS schema, c.relname AS name
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND \(SourceCatalogue.foreignSchemas)
            """
        )
        let names = rows.map { (schema: $0.text("schema"), name: $0.text("name")) }
        let chosen = names.filter { migration.objects.includes(schema: $0.schema, table: $0.name) }
        guard !chosen.isEmpty else {
            throw MigrationError(
                "objects of \(task.name) chooses nothing that \(task.source) has",
                help: "pgsteer explain migration.objects tells how tables are chosen"
            )
        }
        let schemas = Set(names.map(\.schema))
        let whole = schemas.filter { migration.objects.includes(schema: $0) }
        func quoted(_ name: String) -> String { Quoting.identifier(name) }
        let onlySchemas = chosen.allSatisfy { whole.contains($0.schema) }
        if onlySchemas {
            let excluded = names.filter { name in
                whole.contains(name.schema) && !migration.objects.includes(schema: name.schema, table: name.name)
            }
            return whole.sorted().map { "--schema=\(quoted($0))" }
                + excluded.map { "--exclude-table=\(quoted($0.schema)).\(quoted($0.name))" }
        }
        return chosen.map { "--table=\(quoted($0.schema)).\(quoted($0.name))" }
    }

    /// Schemas that pg_dump leaves out when tables are named.
    private func neededSchemas(_ chosen: [SourceTable]) -> [String] {
        migration.objects.isEverything ? [] : Set(chosen.map(\.schema)).sorted()
    }
}
