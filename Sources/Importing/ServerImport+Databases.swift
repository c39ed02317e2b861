import FleetModel
import Resources
import SpecSchema

extension ServerImport {
    mutating func databases() -> [JSONValue] {
        server.observed(Database.self)
            .compactMap { id, database in
                guard isWritable(id.name) else {
                    note("a database whose name has a control character is left out")
                    return nil
                }
                guard database.isOrdinary else {
                    note("database \(id.name): it \(database.closure ?? "is a template")")
                    return nil
                }
                if let reason = server.unread[Name(id.name)] {
                    note(
                        "database \(id.name): what is in it and who may use it, because it could not be read: \(reason)"
                    )
                }
                var members: [String: JSONValue] = [:]
                if database.connectionLimit != -1 { members["connectionLimit"] = .integer(database.connectionLimit) }
                if let remark = database.remark, !Self.isDefault(remark) {
                    members["remark"] = remarkValue(remark, of: "database \(id.name)")
                }
                members["settings"] = settingsValue(database.settings, of: "database \(id.name)")
                let schemas = self.schemas(in: id.name)
                if !schemas.isEmpty { members["schemas"] = .array(schemas) }
                let extensions = self.extensions(in: id.name)
                if !extensions.isEmpty { members["extensions"] = .array(extensions) }
                // The database that every server has is worth an entry only when there is something to say of it.
                if Database.isPartOfEveryServer(id.name), members.isEmpty { return nil }
                members["name"] = .string(id.name)
                if isWritable(database.owner) { members["owner"] = .string(database.owner) }
                return .object(members)
            }
    }

    private mutating func schemas(in database: String) -> [JSONValue] {
        server.observed(Schema.self).filter { database.isSameName(as: $0.id.path[1]) }
            .compactMap { id, schema in
                guard isWritable(id.name) else {
                    note("database \(database): a schema whose name has a control character is left out")
                    return nil
                }
                let isUsual = id.name == "public" && schema.owner == "pg_database_owner"
                let remark = schema.remark.flatMap { Self.isDefault($0) ? nil : $0 }
                if isUsual, remark == nil { return nil }
                var members: [String: JSONValue] = ["name": .string(id.name)]
                if isWritable(schema.owner) { members["owner"] = .string(schema.owner) }
                if let remark { members["remark"] = remarkValue(remark, of: "schema \(id.name)") }
                return .object(members)
            }
    }

    private func extensions(in database: String) -> [JSONValue] {
        server.observed(Extension.self)
            .filter { database.isSameName(as: $0.id.path[1]) && !Extension.isPartOfEveryServer($0.id.name) }
            .map { id, item in
                item.schema == "public" || item.schema == "pg_catalog"
                    ? .string(id.name) : .object(["name": .string(id.name), "schema": .string(item.schema)])
            }
    }

    /// What initdb writes.
    private static func isDefault(_ remark: String) -> Bool {
        ["default administrative connection database", "standard public schema"].contains(remark)
    }
}
