import GRDB

/// The tables; a change is a new migration, never an edit.
enum HistorySchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("runs, actions, parameters") { database in
            try database.create(table: "run") { table in
                table.primaryKey("id", .text)
                table.column("verb", .text).notNull()
                table.column("user", .text).notNull()
                table.column("host", .text).notNull()
                table.column("specCommit", .text)
                table.column("started", .datetime).notNull()
                table.column("ended", .datetime)
                table.column("outcome", .text)
            }
            try database.create(table: "action") { table in
                table.column("run", .text).notNull().references("run")
                table.column("instance", .text).notNull().indexed()
                table.column("resource", .text).notNull()
                table.column("operation", .text).notNull()
                table.column("summary", .text).notNull()
                table.column("impact", .text).notNull()
                table.column("status", .text).notNull()
                table.column("message", .text)
                table.column("started", .datetime).notNull()
                table.column("ended", .datetime).notNull()
            }
            try database.create(table: "parameter") { table in
                table.column("run", .text).notNull().references("run")
                table.column("instance", .text).notNull().indexed()
                table.column("name", .text).notNull()
                table.column("before", .text)
                table.column("after", .text)
                table.column("time", .datetime).notNull()
            }
        }
        migrator.registerMigration("parameters that others had set") { database in
            try database.alter(table: "parameter") { table in
                table.add(column: "isByOthers", .boolean).notNull().defaults(to: false)
            }
        }
        migrator.registerMigration("the latest entries are found without reading all") { database in
            try database.drop(index: "action_on_instance")
            try database.drop(index: "parameter_on_instance")
            try database.create(indexOn: "action", columns: ["started"])
            try database.create(indexOn: "action", columns: ["instance", "started"])
            try database.create(indexOn: "parameter", columns: ["time"])
            try database.create(indexOn: "parameter", columns: ["instance", "time"])
        }
        return migrator
    }
}
