/// The arguments of pg_dump, pg_restore and psql; never a password, nor a name that could be taken for an option.
package struct DumpArguments: Sendable {
    /// The folder of the server's Unix socket.
    package var sockets: String
    package var port: Int
    package var database: String
    /// Whether owners and privileges are dumped or loaded as well.
    package var withPermissions: Bool
    package var jobs: Int

    package init(sockets: String, port: Int, database: String, withPermissions: Bool, jobs: Int) {
        self.sockets = sockets
        self.port = port
        self.database = database
        self.withPermissions = withPermissions
        self.jobs = jobs
    }

    private var connection: [String] {
        // A database's name with "=" in it would be taken for a connection string.
        let quoted = database.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return [
            "--no-password", "--host=\(sockets)", "--port=\(port)", "--username=postgres",
            "--dbname=dbname='\(quoted)'",
        ]
    }

    private var permissions: [String] { withPermissions ? [] : ["--no-owner", "--no-privileges"] }

    /// - Parameter path: The file or folder that is written; nil for stdout.
    package func dumping(_ selection: DumpSelection, as format: DumpFormat, to path: String?) -> [String] {
        var words = connection + permissions + ["--verbose", "--format=\(format.rawValue)"]
        if format == .directory { words.append("--jobs=\(jobs)") }
        if let path { words.append("--file=\(path)") }
        words += selection.tables.map { "--table=\($0)" } + selection.schemas.map { "--schema=\($0)" }
        // A pattern that fits nothing is a mistake, not an empty dump.
        if !selection.isEverything { words.append("--strict-names") }
        if let part = selection.part { words.append(part.option) }
        return words
    }

    /// - Parameters:
    ///   - path: The archive; nil for stdin.
    ///   - role: Who is to own what is made; nil for owners as the archive has them.
    ///   - list: A file that says which parts of the archive are loaded, in which order.
    package func restoring(
        _ selection: DumpSelection,
        from path: String?,
        role: String?,
        list: String?,
        inOneTransaction: Bool
    ) -> [String] {
        var words = connection + permissions + ["--verbose"]
        if let role { words.append("--role=\(role)") }
        if let list { words.append("--use-list=\(list)") }
        if inOneTransaction {
            words += ["--single-transaction", "--exit-on-error"]
        } else if path != nil, jobs > 1 {
            words.append("--jobs=\(jobs)")
        }
        words += selection.tables.map { "--table=\($0)" } + selection.schemas.map { "--schema=\($0)" }
        if let part = selection.part { words.append(part.option) }
        if let path { words.append(path) }
        return words
    }

    /// - Parameter role: Who is to own what is made; nil for the administrator.
    package func runningScript(role: String?, inOneTransaction: Bool) -> [String] {
        var words = connection + ["--no-psqlrc", "--quiet", "--echo-errors", "--output=/dev/null"]
        words.append("--set=ON_ERROR_STOP=\(inOneTransaction ? 1 : 0)")
        if inOneTransaction { words.append("--single-transaction") }
        if let role { words.append("--command=SET ROLE \"\(role.replacing("\"", with: "\"\""))\"") }
        return words + ["--file=-"]
    }
}
