import ArgumentParser
import Diagnostics
import FleetModel
import Resources
import SpecSchema

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains a kind or a key of specifications, or a PostgreSQL parameter.",
        discussion: """
              pgsteer explain Instance
              pgsteer explain Instance.spec.backup
              pgsteer explain Instance.spec.parameters.work_mem
            """
    )

    @Argument(help: "A kind, and a path of keys in it; all kinds when nothing is named.")
    var path: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        guard let path else { return terminal.write(kinds(terminal)) }
        let parts = path.split(separator: ".").map(String.init)
        guard let first = parts.first else { throw ValidationError("name a kind, such as Instance") }
        guard let kind = ResourceCatalog.kinds.first(where: { $0.kind.lowercased() == first.lowercased() }) else {
            let names = ResourceCatalog.kinds.map { $0.kind }
            let help = NearestName.question(first, among: names) ?? "the kinds are \(names.joined(separator: ", "))"
            throw ValidationError("there is no kind \(first); \(help)")
        }
        var rest = parts.dropFirst()
        if rest.first == "metadata" {
            return try explain(Metadata.schema.shape, rest.dropFirst(), title: path, terminal)
        }
        if rest.first == "spec" { rest = rest.dropFirst() }
        try explain(kind.shape, rest, title: path, terminal, summary: rest.isEmpty ? kind.summary : nil)
    }

    private func kinds(_ terminal: Terminal) -> String {
        var table = Table(["kind", "what it declares"])
        for kind in ResourceCatalog.kinds { table.add([kind.kind, kind.summary]) }
        return table.text(style: terminal.resultStyle)
    }

    private func explain(
        _ shape: ObjectShape,
        _ path: ArraySlice<String>,
        title: String,
        _ terminal: Terminal,
        summary: String? = nil
    ) throws {
        guard !path.isEmpty else {
            terminal.write("\(terminal.resultStyle.paint(title, .emphasis))\n  \(summary ?? shape.summary)\n")
            return terminal.write(fields(of: shape, terminal))
        }
        if path.count > 1, path.dropLast().last == "parameters", let name = path.last {
            return terminal.write(try parameter(name, terminal))
        }
        guard let field = shape.field(at: path) else {
            let names =
                (path.count > 1 ? shape.field(at: path.dropLast())?.shape.object : shape)?.fields.map(\.name) ?? []
            let help =
                NearestName.question(path.last ?? "", among: names) ?? "there are \(names.joined(separator: ", "))"
            throw ValidationError("there is no key \(path.joined(separator: ".")); \(help)")
        }
        let required = field.isRequired ? ", required" : ""
        terminal.write(
            "\(terminal.resultStyle.paint(title, .emphasis))  (\(field.shape.name)\(required))\n  \(field.summary)\n"
        )
        if let object = field.shape.object { terminal.write(fields(of: object, terminal)) }
    }

    private func fields(of shape: ObjectShape, _ terminal: Terminal) -> String {
        guard !shape.fields.isEmpty else { return "" }
        var table = Table(["key", "type", "what it is"])
        for field in shape.fields {
            table.add([field.name + (field.isRequired ? " *" : ""), field.shape.name, field.summary])
        }
        let text = table.text(style: terminal.resultStyle).split(separator: "\n").map { "  \($0)\n" }.joined()
        return "\n\(text)" + (shape.fields.contains(where: \.isRequired) ? "  * required\n" : "")
    }

    private func parameter(_ name: String, _ terminal: Terminal) throws -> String {
        let all = ParameterCatalogue.all
        guard let definition = all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            let help = NearestName.question(name, among: all.map(\.name)) ?? "see the PostgreSQL manual, chapter 20"
            throw ValidationError("no PostgreSQL that pgsteer knows has a parameter \(name); \(help)")
        }
        let majors = ParameterCatalogue.majors.filter { ParameterCatalogue.definition(of: name, major: $0) != nil }
        func shown(_ limit: Double?) -> String {
            limit.map { definition.shown($0 == $0.rounded() ? String(Int($0)) : "\($0)") } ?? ""
        }
        var lines = [
            "\(terminal.resultStyle.paint(definition.name, .emphasis))  (\(definition.kind.rawValue))",
            "  \(definition.summary)", "",
            "  versions  \(majors.map(String.init).joined(separator: ", "))",
            "  default   \(definition.shown(definition.defaultValue))",
            "  impact    \(definition.context.impact.rawValue)",
        ]
        if definition.minimum != nil {
            lines.append("  range     \(shown(definition.minimum)) to \(shown(definition.maximum))")
        }
        if !definition.choices.isEmpty { lines.append("  values    \(definition.choices.joined(separator: ", "))") }
        if let reason = ReservedParameters.reason(for: name) { lines.append("  refused   \(reason)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
