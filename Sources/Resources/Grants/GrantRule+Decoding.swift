import Diagnostics
import SpecSchema

extension GrantSpec {
    /// The privileges that are given or withheld; nil, told, unless it is one of the two.
    fileprivate func given(
        at range: SourceRange,
        _ collector: inout DiagnosticCollector
    ) -> [Located<String>]? {
        if let privileges, let withhold {
            let help = "write an entry for each"
            collector.emitBadValue("An entry gives privileges or withholds them.", at: withhold.range, help: help)
            return privileges.value
        }
        if let withhold, let isGrantable {
            collector.emitBadValue("What is withheld cannot be passed on.", at: isGrantable.range)
            return withhold.value
        }
        if let names = privileges ?? withhold { return names.value }
        collector.emit(
            Diagnostic(
                .missingKey,
                "grant needs the key \"privileges\".",
                at: range,
                help: "privileges: SELECT, INSERT, ..., or ALL; or withhold, for what everybody is not to have"
            )
        )
        return nil
    }
}

extension GrantRule {
    /// Returns the rules that an entry stands for, one for each role; what cannot be goes to the collector.
    static func rules(
        of entry: Located<GrantSpec>,
        instance: Located<String>,
        grantees: [Located<String>],
        collector: inout DiagnosticCollector
    ) -> [GrantRule] {
        let spec = entry.value
        guard let privileges = spec.given(at: entry.range, &collector) else { return [] }
        let objects = spec.objects
        if objects.count > 1, let second = objects.last {
            let keys = objects.map(\.key).joined(separator: " and ")
            collector.emitBadValue(
                "An entry gives privileges on one sort of objects; this one names \(keys).",
                at: second.names.range,
                help: "write an entry for each"
            )
            return []
        }
        guard let selections = selections(spec, at: entry.range, &collector) else { return [] }
        let fallback = Located(maintenanceDatabase, at: entry.range)
        return grantees.flatMap { grantee in
            selections.map { selection in
                GrantRule(
                    instance: instance,
                    database: spec.database ?? fallback,
                    grantee: grantee,
                    selection: selection,
                    privileges: privileges,
                    isGrantable: spec.isGrantable,
                    range: entry.range,
                    isWithheld: spec.withhold != nil
                )
            }
        }
    }

    private static func selections(
        _ spec: GrantSpec,
        at range: SourceRange,
        _ collector: inout DiagnosticCollector
    ) -> [Selection]? {
        guard let (key, kind, names) = spec.objects.first else { return place(spec, at: range, &collector) }
        if [.parameter, .tablespace].contains(kind) { return ofServer(kind, names, spec, key: key, &collector) }
        guard spec.database != nil else {
            return missing("database", for: key, at: names.range, &collector)
        }
        let isInSchema = [.table, .sequence, .routine, .type].contains(kind)
        if !isInSchema, refuse([spec.schema?.range], "\(key) are in no schema", &collector) { return nil }
        if let columns = spec.columns {
            return self.columns(spec, columns, &collector)
        }
        if let word = word(names) { return every(kind, word, spec, key: key, isInSchema: isInSchema, &collector) }
        let stray = "objects that are named exist already; futureBy goes with all or future"
        if refuse([spec.futureBy?.range], stray, &collector) { return nil }
        if kind == .schema {
            collector.emitBadValue(
                "schemas gives privileges on schemas that are to come; one that exists is named by schema.",
                at: names.range,
                help: "write schema: NAME, or schemas: future"
            )
            return nil
        }
        guard let schema = isInSchema ? spec.schema?.value : "" else {
            return missing("schema", for: key, at: names.range, &collector)
        }
        return [.named(kind, schema: schema, names: names.value)]
    }

    /// `all` or `future` alone. In a list the words are names like any other: its entries do not stand where the list begins.
    private static func word(_ names: Located<[Located<String>]>) -> Located<String>? {
        guard let word = names.value.first, word.range == names.range else { return nil }
        return ["all", "future"].contains(word.value) ? word : nil
    }

    /// What belongs to the server as a whole.
    private static func ofServer(
        _ kind: GrantTarget.Kind,
        _ names: Located<[Located<String>]>,
        _ spec: GrantSpec,
        key: String,
        _ collector: inout DiagnosticCollector
    ) -> [Selection]? {
        if let word = word(names) {
            collector.emitBadValue("\(key) are named one by one.", at: word.range)
            return nil
        }
        let places = [spec.database?.range, spec.schema?.range]
        if refuse(places, "\(key) belong to the server as a whole", &collector) { return nil }
        return [.named(kind, schema: "", names: names.value)]
    }

    /// The database, the schema, or nothing.
    private static func place(
        _ spec: GrantSpec,
        at range: SourceRange,
        _ collector: inout DiagnosticCollector
    ) -> [Selection]? {
        let stray = [spec.columns?.range, spec.futureBy?.range]
        if refuse(stray, "no tables or other objects are named", &collector) { return nil }
        guard let database = spec.database else {
            collector.emitBadValue(
                "The entry names nothing to give privileges on.",
                at: range,
                help: "name a database, a schema in it, tables in that, or parameters"
            )
            return nil
        }
        if let schema = spec.schema { return [.named(.schema, schema: "", names: [schema])] }
        return [.named(.database, schema: "", names: [database])]
    }

    private static func columns(
        _ spec: GrantSpec,
        _ columns: Located<[Located<String>]>,
        _ collector: inout DiagnosticCollector
    ) -> [Selection]? {
        guard let tables = spec.tables, let schema = spec.schema else {
            collector.emitBadValue("columns need tables and their schema.", at: columns.range)
            return nil
        }
        if let word = word(tables) {
            collector.emitBadValue(
                "Columns are given of tables that are named, and not of \(word.value).",
                at: word.range,
                help: "name the tables: tables: [orders, items]"
            )
            return nil
        }
        return [.columns(schema: schema.value, tables: tables.value, columns: columns.value)]
    }

    /// `all` and `future`, with those to come when somebody is named who makes them.
    private static func every(
        _ kind: GrantTarget.Kind,
        _ word: Located<String>,
        _ spec: GrantSpec,
        key: String,
        isInSchema: Bool,
        _ collector: inout DiagnosticCollector
    ) -> [Selection]? {
        var selections: [Selection] = []
        if word.value == "all" {
            guard isInSchema else {
                collector.emitBadValue("\(key) are named one by one.", at: word.range)
                return nil
            }
            guard let schema = spec.schema else { return missing("schema", for: key, at: word.range, &collector) }
            selections.append(.all(kind, schema: schema.value))
        }
        guard let creators = spec.futureBy?.value else {
            if word.value == "all" { return selections }
            collector.emitBadValue(
                "future needs the roles that will make the objects: futureBy.",
                at: word.range,
                help: "PostgreSQL keeps default privileges for each creator"
            )
            return nil
        }
        guard let future = kind.future else {
            collector.emitBadValue("There are no default privileges on \(key).", at: word.range)
            return nil
        }
        return selections + [.future(future, schema: spec.schema?.value ?? "", creators: creators)]
    }

    private static func refuse(
        _ ranges: [SourceRange?],
        _ reason: String,
        _ collector: inout DiagnosticCollector
    ) -> Bool {
        guard let range = ranges.compactMap(\.self).first else { return false }
        collector.emitBadValue("This does not go with the rest of the entry: \(reason).", at: range)
        return true
    }

    private static func missing(
        _ key: String,
        for objects: String,
        at range: SourceRange,
        _ collector: inout DiagnosticCollector
    ) -> [Selection]? {
        collector.emitBadValue("\(objects) need the key \"\(key)\" beside them.", at: range)
        return nil
    }
}
