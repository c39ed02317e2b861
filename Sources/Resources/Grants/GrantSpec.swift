import Diagnostics
import SpecSchema

/// One entry of `grants` as written: privileges on the most specific objects that it names.
package struct GrantSpec: Sendable {
    var to: Located<[Located<String>]>?
    var database: Located<String>?
    var schema: Located<String>?
    var tables: Located<[Located<String>]>?
    var columns: Located<[Located<String>]>?
    var sequences: Located<[Located<String>]>?
    var routines: Located<[Located<String>]>?
    var types: Located<[Located<String>]>?
    var schemas: Located<[Located<String>]>?
    var languages: Located<[Located<String>]>?
    var foreignServers: Located<[Located<String>]>?
    var foreignDataWrappers: Located<[Located<String>]>?
    var largeObjects: Located<[Located<String>]>?
    var parameters: Located<[Located<String>]>?
    var tablespaces: Located<[Located<String>]>?
    var futureBy: Located<[Located<String>]>?
    var privileges: Located<[Located<String>]>?
    var withhold: Located<[Located<String>]>?
    var isGrantable: Located<Bool>?

    /// The form under an account.
    static let inline = ObjectSchema<GrantSpec>(
        "grant",
        "Privileges on the most specific objects that the entry names.",
        isStrict: true,
        make: { _ in GrantSpec() },
        fields: fields
    )

    /// The form in a Grant document, where each entry may say whom it is for.
    static let addressed = ObjectSchema<GrantSpec>(
        "grant",
        "Privileges on the most specific objects that the entry names, for the document's roles or its own.",
        isStrict: true,
        make: { _ in GrantSpec() },
        fields: [
            Field(
                "to",
                \.to,
                .atLeastOne(Rules.accountName),
                "Who gets them, instead of the document's own; public is everybody."
            )
        ] + fields
    )

    private static let fields: [Field<GrantSpec>] =
        placeFields + objectFields + [
            Field("futureBy", \.futureBy, .atLeastOne(Rules.accountName), "Who makes the objects that are to come."),
            Field("privileges", \.privileges, .atLeastOne(.privilege), "SELECT, INSERT, ..., or ALL."),
            Field(
                "withhold",
                \.withhold,
                .atLeastOne(.privilege),
                "Instead of privileges, to public: what everybody has by default and is not to have."
            ),
            Field("grantable", \.isGrantable, .boolean, "Whether the role may pass them on."),
        ]

    private static let placeFields: [Field<GrantSpec>] = [
        Field(
            "database",
            \.database,
            Rules.identifier(named: "database name"),
            "The database; alone, the privileges are on itself."
        ),
        Field(
            "schema",
            \.schema,
            Rules.identifier(named: "schema name"),
            "The schema; alone with its database, the privileges are on itself."
        ),
    ]

    private static let objectFields: [Field<GrantSpec>] = [
        Field("tables", \.tables, .names, "Tables and views by name; all that there are: all; those to come: future."),
        Field(
            "columns",
            \.columns,
            .atLeastOne(Rules.identifier(named: "column name")),
            "Columns of the tables named."
        ),
        Field("sequences", \.sequences, .names, "Sequences by name, all or future."),
        Field("routines", \.routines, .names, "Functions and procedures, as name or name(type, type), all or future."),
        Field("types", \.types, .names, "Types and domains by name, all or future."),
        Field("schemas", \.schemas, .names, "future: the schemas that are to come."),
        Field("languages", \.languages, .names, "Languages by name."),
        Field("foreignServers", \.foreignServers, .names, "Foreign servers by name."),
        Field("foreignDataWrappers", \.foreignDataWrappers, .names, "Foreign data wrappers by name."),
        Field("largeObjects", \.largeObjects, .names, "Large objects by number, or future."),
        Field("parameters", \.parameters, .names, "Parameters of the server by name."),
        Field("tablespaces", \.tablespaces, .names, "Tablespaces by name."),
    ]

    /// The list of objects that each key names.
    var objects: [(key: String, kind: GrantTarget.Kind, names: Located<[Located<String>]>)] {
        let lists: [(String, GrantTarget.Kind, Located<[Located<String>]>?)] = [
            ("tables", .table, tables), ("sequences", .sequence, sequences), ("routines", .routine, routines),
            ("types", .type, types), ("schemas", .schema, schemas), ("languages", .language, languages),
            ("foreignServers", .foreignServer, foreignServers),
            ("foreignDataWrappers", .foreignDataWrapper, foreignDataWrappers),
            ("largeObjects", .largeObject, largeObjects), ("parameters", .parameter, parameters),
            ("tablespaces", .tablespace, tablespaces),
        ]
        return lists.compactMap { key, kind, names in names.map { (key, kind, $0) } }
    }
}

extension ValueType where Value == [Located<String>] {
    fileprivate static var names: ValueType { .atLeastOne(.objectName) }
}

extension ValueType where Value == String {
    /// A name, a signature or a number.
    fileprivate static var objectName: ValueType {
        .text(named: "name", minimumLength: 1) { $0.isEmpty ? "A name has at least one character." : nil }
    }

    fileprivate static var privilege: ValueType {
        .choice(of: "privilege", among: [Privilege.all] + Privilege.allCases.map(\.rawValue))
    }
}
