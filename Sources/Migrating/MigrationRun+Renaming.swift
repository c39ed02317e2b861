import PostgresClient
import Resources
import SQL
import SideEffects
import SpecSchema

/// Schemas that have another name in the target.
///
/// They are made and filled under the names of the source and renamed at the end: PostgreSQL keeps what refers to them by
/// their numbers, so that views, keys, defaults and privileges go along. Only the texts of functions name them.
extension MigrationRun {
    /// Refuses what would be renamed along, or be in the way of a new name.
    func refuseTakenSchemas(_ target: PostgresConnection) async throws {
        let renaming = migration.renaming
        guard !renaming.isEmpty else { return }
        let names = Set(renaming.schemas.keys).union(renaming.schemas.values)
        let rows = try await target.query(
            """
            SELECT n.nspname AS name FROM pg_namespace n WHERE n.nspname <> 'public' OR EXISTS (
              SELECT FROM pg_class c WHERE c.relnamespace = n.oid UNION ALL SELECT FROM pg_proc p WHERE p.pronamespace = n.oid)
            """
        )
        let taken = rows.map { $0.text("name") }.filter(names.contains).sorted()
        guard !taken.isEmpty else { return }
        throw MigrationError(
            "the target \(task.target) already has \(taken.count == 1 ? "the schema" : "the schemas") \(taken.joined(separator: ", ")), which rename needs for itself",
            help: "drop what nobody needs there, or choose other names; nothing was changed"
        )
    }

    /// Gives schemas their new names, in one transaction with the note that they have them.
    func renameSchemas(_ target: PostgresConnection) async throws {
        let steps = migration.renaming.steps
        guard !steps.isEmpty, try await journal.entries(target)["renamed"] == nil else { return }
        activity("renaming schemas")
        var statements = steps.map { step -> Statement in
            "ALTER SCHEMA \(identifier: step.old) RENAME TO \(identifier: step.new)"
        }
        if steps.contains(where: { $0.old == "public" }), !steps.contains(where: { $0.new == "public" }) {
            // Every database has one, and programs rely on it.
            let owner: Statement = await target.serverVersion >= 140_000 ? " AUTHORIZATION pg_database_owner" : ""
            statements.append("CREATE SCHEMA public\(owner)")
            statements.append("GRANT USAGE ON SCHEMA public TO PUBLIC")
        }
        let script = Statement.joined(statements, separator: ";\n")
        do throws(PostgresError) {
            try await target.execute(script: "BEGIN; \(script); \(journal.record("renamed", at: nil)); COMMIT")
        } catch {
            throw MigrationError(
                "the schemas could not be renamed in the target: \(error.message)",
                help: "everything is there under the names of the source; mend it and start again"
            )
        }
    }
}
