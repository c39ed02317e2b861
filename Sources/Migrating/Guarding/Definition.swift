package import Resources

/// One definition of a database, as its catalogue has it: a table, a column, an index ...
///
/// Logical replication carries rows and no definitions. What is compared here are the definitions that decide whether rows
/// find their place, and what their readers see.
package struct Definition: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case table, column, index, constraint, view, sequence, function, trigger, rule, policy, type

        /// Whether two majors may write the same definition in different words, since they put the text together from
        /// what they have parsed.
        var isWordedByServer: Bool { [.view, .function, .rule, .policy].contains(self) }
    }

    /// What a definition is found by.
    package struct Key: Hashable, Sendable {
        package var kind: Kind
        package var schema: String
        package var relation: String?
        package var name: String
    }

    package var kind: Kind
    package var schema: String
    /// The table that a column, index, constraint, trigger, rule or policy belongs to; nil for what stands alone.
    package var relation: String?
    package var name: String
    /// What it is, in words that change whenever it does.
    package var text: String
    /// Its OID, or its number in its table; what has another name and the same number was renamed.
    package var number: Int

    package init(_ kind: Kind, schema: String, relation: String? = nil, name: String, text: String, number: Int) {
        self.kind = kind
        self.schema = schema
        self.relation = relation
        self.name = name
        self.text = text
        self.number = number
    }

    package var key: Key { Key(kind: kind, schema: schema, relation: relation, name: name) }

    /// Whether a migration of these objects is about it.
    package func isMeant(by objects: ObjectSelection) -> Bool {
        switch kind {
        case .function, .type: objects.includes(schema: schema)
        case .table, .view, .sequence: objects.includes(schema: schema, table: name)
        case .column, .index, .constraint, .trigger, .rule, .policy:
            objects.includes(schema: schema, table: relation ?? name)
        }
    }
}

/// The definitions of both ends when the structure was made; later looks are compared with it.
package struct DefinitionBaseline: Codable, Sendable {
    package var source: [Definition]
    package var target: [Definition]

    package init(source: [Definition], target: [Definition]) {
        self.source = source
        self.target = target
    }
}
