package import SQL

/// A parameter as a running server has it.
package struct ObservedParameter: Codable, Hashable, Sendable {
    package var name: String
    /// In base units, as a new session gets it.
    package var setting: String
    package var unit: String?
    /// The value the server was built with.
    package var defaultValue: String?
    package var context: String
    package var kind: String
    /// Where the value comes from, in `pg_settings`' words: `default`, `configuration file`, ...
    package var source: String
    /// The file that sets it; nil when none does.
    package var file: String?
    /// Whether the file says something else, which the server takes over only when it restarts.
    package var isPendingRestart: Bool
    /// What the file says, as it is written there, where the server takes it over only when it restarts; nil also
    /// where our role may not read the server's files.
    package var waiting: String?
    /// The file that says so.
    package var waitingFile: String?
    /// Whether no file names it any more, which the server takes over only when it restarts; nil for no.
    package var isTakenOut: Bool?

    /// What the command line sets wins over the files after a restart, too, whatever they say and `pending_restart` tells.
    /// `reset_val` is what a new session gets; `setting` would show what our own session has pinned.
    package static let observation: Statement = """
        SELECT name, reset_val, unit, boot_val, context, vartype, source, sourcefile,
            pending_restart AND source NOT IN ('command line', 'environment variable', 'override') AS pending_restart
        FROM pg_catalog.pg_settings ORDER BY name
        """

    /// The last line of a file that names a parameter counts.
    package static let waitingObservation: Statement = """
        SELECT DISTINCT ON (lower(name)) name, setting, sourcefile FROM pg_catalog.pg_file_settings
        ORDER BY lower(name), seqno DESC
        """

    /// Whether our role may ask ``waitingObservation``: since PostgreSQL 15, members of pg_read_all_settings may.
    package static let readsFiles: Statement = """
        SELECT pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT')
            AND pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE') AS yes
        """

    package init(_ row: Row) {
        name = row.text("name")
        setting = row.text("reset_val")
        unit = row["unit"]
        defaultValue = row["boot_val"]
        context = row.text("context")
        kind = row.text("vartype")
        source = row.text("source")
        file = row["sourcefile"]
        isPendingRestart = row.isTrue("pending_restart")
    }

    /// A parameter that the server's files set and that no module of the server knows: `pg_settings` does not list it.
    ///
    /// - Parameter row: Of ``waitingObservation``.
    package init(placeholder row: Row) {
        name = row.text("name")
        setting = row.text("setting")
        context = ParameterDefinition.Context.user.rawValue
        kind = ParameterDefinition.ValueKind.string.rawValue
        source = "configuration file"
        file = row["sourcefile"]
        isPendingRestart = false
    }

    /// Takes note of what the server's files say, and the server takes over only when it restarts.
    ///
    /// - Parameter line: Of ``waitingObservation``.
    package mutating func waits(for line: Row) {
        (waiting, waitingFile, isTakenOut) = (line["setting"], line["sourcefile"], nil)
    }

    /// Takes what the server's files say instead of what our own session was given by a role or a database.
    ///
    /// - Parameter line: Of ``waitingObservation``; nil when no file names the parameter.
    package mutating func takeServersValue(_ line: Row?) {
        guard let line else {
            (setting, source, file) = (defaultValue ?? setting, "default", nil)
            return
        }
        let written = line.text("setting")
        setting = definition.flatMap { try? $0.normalise(written) } ?? written
        (source, file) = ("configuration file", line["sourcefile"])
    }

    /// The definition as this very server has it, with limits left out, for a parameter that no catalogue knows.
    package var definition: ParameterDefinition? {
        guard
            let kind = ParameterDefinition.ValueKind(rawValue: kind),
            let context = ParameterDefinition.Context(rawValue: context)
        else { return nil }
        return ParameterDefinition(name: name, kind: kind == .enum ? .string : kind, unit: unit, context: context)
    }
}

extension ObservedParameter {
    /// The value as a person would write it, with its unit.
    package var shown: String { definition?.shown(setting) ?? setting }

    /// The value as people write it that counts from the next restart on, as far as the server's files could be read.
    package var shownNext: String {
        guard isPendingRestart else { return shown }
        return waiting ?? (isTakenOut ?? false ? defaultValue : nil) ?? shown
    }

    /// Whether the value comes from pgsteer's own file.
    package var isSetByPgsteer: Bool { file.map(ManagedFile.isOurs) ?? false }

    /// Whether the provider itself set it, such as the port.
    package var isSetByProvider: Bool { file.map(ManagedFile.isProviders) ?? false }

    /// Whether the value was set with ALTER SYSTEM, as it is on servers that exist without pgsteer.
    package var isSetBySystem: Bool { file.map(ManagedFile.isSystems) ?? false }

    /// Whether the value is that of the observing session's role or database (ALTER ROLE, ALTER DATABASE), not the
    /// server's.
    package var isOverridden: Bool { ["global", "database", "user", "database user"].contains(source) }

    /// Whether somebody set it for the server, as opposed to PostgreSQL's own defaults, what it works out by itself,
    /// and what the observing session brings with it.
    package var isSetOnPurpose: Bool {
        context != ParameterDefinition.Context.internal.rawValue && setting != defaultValue
            && ["configuration file", "command line", "environment variable", "global"].contains(source)
    }
}
