import SQL

/// What is asked of one end, each in one query, however many checks look at the answer.
package enum Question: String, Hashable, Sendable, CaseIterable {
    /// Version, account and database: one row.
    case server
    /// Which server it is: one row.
    case identity
    /// Every setting, as new sessions of the account start with it.
    case settings
    /// Tables, partitioned roots, views, materialized views, sequences, foreign tables.
    case relations
    /// Columns whose type or form may not go over.
    case columns
    /// Invalid indexes and constraints that were not validated.
    case defects
    /// Functions that not every server can have, or that run with their owner's rights.
    case routines
    /// The schemas of the database, how many objects each has, and who may make nothing there.
    case schemas
    /// The texts of functions that PostgreSQL keeps as they were written.
    case bodies
    /// Triggers that fire for replicated rows, and event triggers.
    case triggers
    /// What a relation needs: other relations, and types and functions of other schemas.
    case dependencies
    case languages
    /// Operators that stand behind their operand.
    case postfixOperators
    /// Collations that columns use.
    case usedCollations
    case collations
    case extensions
    case availableExtensions
    case roles
    /// Roles that people and programs log in as.
    case logins
    /// Owners and grantees of what is moved.
    case holders
    /// Slots, publications, subscriptions and what pgsteer's own migrations keep.
    case replication
    /// Prepared transactions, and those that have been writing for a while.
    case transactions
    /// Settings of the database, of roles and of functions.
    case storedSettings
    case largeObjects
    case tablespaces
    case accessMethods
    /// Relations, types and functions by name.
    case objects
    /// Whether the server was built with libxml: a query that fails where it was not.
    case xml

    /// The query for a server of a version as PostgreSQL counts it; nil where the version has nothing of the sort.
    func statement(_ version: Int) -> Statement? {
        switch self {
        case .server: ServerQueries.server(version)
        case .identity:
            version >= 90_600
                ? "SELECT system_identifier AS system, pg_postmaster_start_time() AS started FROM pg_control_system()"
                : nil
        case .settings: "SELECT name, reset_val AS value, enumvals AS choices FROM pg_settings"
        case .relations: RelationQueries.relations(version)
        case .columns: RelationQueries.columns(version)
        case .defects: DefinitionQueries.defects
        case .routines: DefinitionQueries.routines
        case .schemas: DefinitionQueries.schemas
        case .bodies: DefinitionQueries.bodies
        case .triggers: DefinitionQueries.triggers
        case .dependencies: RelationQueries.dependencies
        case .languages: "SELECT lanname AS name, lanpltrusted AS trusted FROM pg_language"
        case .postfixOperators: version < 140_000 ? DefinitionQueries.postfixOperators : nil
        case .usedCollations: version >= 100_000 ? DefinitionQueries.usedCollations : nil
        case .collations: "SELECT collname AS name FROM pg_collation"
        case .extensions: "SELECT extname AS name, extversion AS version FROM pg_extension"
        case .availableExtensions: ServerQueries.availableExtensions(version)
        case .roles: ServerQueries.roles(version)
        case .logins: "SELECT rolname AS name FROM pg_roles WHERE rolcanlogin AND rolname !~ '^pg_'"
        case .holders: DefinitionQueries.holders
        case .replication: ServerQueries.replication(version)
        case .transactions: ServerQueries.transactions
        case .storedSettings: ServerQueries.storedSettings
        case .largeObjects: "SELECT count(*) AS count FROM pg_largeobject_metadata"
        case .tablespaces: "SELECT spcname AS name FROM pg_tablespace"
        case .accessMethods: version >= 120_000 ? "SELECT amname AS name FROM pg_am WHERE amtype = 't'" : nil
        case .objects: DefinitionQueries.objects
        case .xml: "SELECT xmlparse(content '<a/>')::text AS text"
        }
    }

    /// Whether a refusal is itself the answer.
    var isProbe: Bool { self == .xml }
}

extension Statement {
    /// Schemas that are users': not PostgreSQL's own, and not where a migration keeps its own tables.
    static let userSchemas: Statement = """
        n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgsteer_migration')
        """

    /// Whether an object came with an extension, which brings it along.
    static func isOfExtension(_ catalogue: Statement, _ oid: Statement) -> Statement {
        """
        EXISTS (SELECT FROM pg_depend member WHERE member.classid = '\(catalogue)'::regclass
          AND member.objid = \(oid) AND member.deptype = 'e')
        """
    }

    /// One expression where a version has it, another where it does not.
    static func when(_ has: Bool, _ some: Statement, else none: Statement) -> Statement { has ? some : none }
}
