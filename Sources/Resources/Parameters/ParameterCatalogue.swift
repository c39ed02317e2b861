/// The parameters of every major that pgsteer knows, read from live servers by `scripts/generate-parameter-catalogue`.
package enum ParameterCatalogue {
    /// The majors there is a catalogue for.
    package static let majors = [15, 16, 17, 18]

    // Constants of their own, so that a text is parsed when its major is first asked for and not before.
    private static let definitions15 = parse(postgreSQL15)
    private static let definitions16 = parse(postgreSQL16)
    private static let definitions17 = parse(postgreSQL17)
    private static let definitions18 = parse(postgreSQL18)

    /// The parameters of a major by lower-case name; empty for a major there is no catalogue for.
    package static func definitions(major: Int) -> [String: ParameterDefinition] {
        switch major {
        case 15: definitions15
        case 16: definitions16
        case 17: definitions17
        case 18: definitions18
        default: [:]
        }
    }

    /// Returns a parameter of a major; names are not case-sensitive (PostgreSQL manual, section 20.1.1).
    package static func definition(of name: String, major: Int) -> ParameterDefinition? {
        let known = definitions(major: major)
        // Nearly everybody writes names as PostgreSQL does.
        return known[name] ?? known[name.lowercased()]
    }

    /// Returns a parameter as the newest major that has it knows it.
    package static func newestDefinition(of name: String) -> ParameterDefinition? {
        majors.reversed().lazy.compactMap { definition(of: name, major: $0) }.first
    }

    /// The parameters of all majors, each as the newest major has it, by name.
    package static var all: [ParameterDefinition] {
        var newest: [String: ParameterDefinition] = [:]
        for major in majors { newest.merge(definitions(major: major)) { $1 } }
        return newest.values.sorted { $0.name < $1.name }
    }

    /// The names of the parameters of all majors.
    package static let allNames = all.map(\.name)

    private static func parse(_ table: String) -> [String: ParameterDefinition] {
        var result: [String: ParameterDefinition] = [:]
        let (tab, newline) = (UInt8(ascii: "\t"), UInt8(ascii: "\n"))
        for line in table.utf8.split(separator: newline) {
            let columns = line.split(separator: tab, omittingEmptySubsequences: false).map { String(Substring($0)) }
            guard
                columns.count == 9,
                let kind = ParameterDefinition.ValueKind(rawValue: columns[1]),
                let context = ParameterDefinition.Context(rawValue: columns[3])
            else { preconditionFailure("the generated catalogue has a line that is none: \(Substring(line))") }
            result[columns[0].lowercased()] = ParameterDefinition(
                name: columns[0],
                kind: kind,
                unit: columns[2].isEmpty ? nil : columns[2],
                context: context,
                minimum: Double(columns[4]),
                maximum: Double(columns[5]),
                choices: columns[6].isEmpty
                    ? [] : columns[6].split(separator: ",", omittingEmptySubsequences: false).map(String.init),
                defaultValue: columns[7],
                summary: columns[8]
            )
        }
        return result
    }
}
