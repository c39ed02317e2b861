import ArgumentParser

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct ManualCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Prints the manual page, for man -l.",
        // For those who make packages.
        shouldDisplay: false
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let description = Data(RootCommand._dumpHelp().utf8)
        let tool = try JSONDecoder().decode(ManualPage.Tool.self, from: description)
        Terminal(global).write(ManualPage(root: tool.command).text)
    }
}

/// The command tree as a page in mdoc (mdoc(7)), made of what `--help` is made of.
struct ManualPage {
    /// What the argument parser tells of itself; only what a page shows.
    struct Tool: Decodable {
        var command: Command
    }

    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String

            var text: String { kind == "short" ? "-\(name)" : kind == "longWithSingleDash" ? "-\(name)" : "--\(name)" }
        }

        var kind: String
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var abstract: String?
    }

    let root: Command

    var text: String {
        let lines = [
            ".Dd November 29, 2026", ".Dt PGSTEER 1", ".Os", ".Sh NAME", ".Nm pgsteer",
            ".Nd keeps PostgreSQL instances equal to specifications in git", ".Sh SYNOPSIS", ".Nm", ".Ar command",
            ".Op Ar argument ...", ".Sh DESCRIPTION",
        ]
        let commands = (root.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
        // A heading begins a paragraph by itself.
        let discussion = Array(paragraphs(root.discussion).drop { $0 == ".Pp" })
        let all =
            lines + discussion + [".Sh COMMANDS"] + commands.flatMap { section($0, after: []) }
            + [".Sh ENVIRONMENT", ".Bl -tag -width Ds"] + Self.environment.flatMap { [".It Ev \($0.0)", $0.1] }
            + [".El", ".Sh FILES", ".Bl -tag -width Ds", ".It Pa /var/lib/pgsteer", "the home of root"]
            + [".It Pa ~/.local/share/pgsteer", "the home of everybody else", ".El", ".Sh EXIT STATUS"]
            + [".Bl -tag -width Ds"] + Self.codes.flatMap { [".It \($0.0)", $0.1] }
            + [".El", ".Sh SEE ALSO", ".Xr psql 1"]
        return all.joined(separator: "\n") + "\n"
    }

    private static let environment = [
        ("PGSTEER_HOME", "where instances and history are kept, as with \\-\\-home"),
        ("NO_COLOR", "no colours, whatever it is set to"),
        ("CLICOLOR_FORCE", "colours also where there is no terminal"),
    ]

    private static let codes = [
        ("0", "done"), ("1", "failed"), ("2", "changes or drift found, where that was asked for"), ("64", "bad usage"),
        ("130", "interrupted"),
    ]

    private func section(_ command: Command, after parents: [String]) -> [String] {
        let names = parents + [command.commandName]
        let inner = (command.subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
        let arguments = (command.arguments ?? []).filter { $0.shouldDisplay && !Self.isEverywhere($0) }
        let head = [".Ss \(Self.escaped(names.joined(separator: " ")))"] + Self.lines(command.abstract ?? "")
        let list = arguments.isEmpty ? [] : [".Bl -tag -width Ds"] + arguments.flatMap(item) + [".El"]
        return head + paragraphs(command.discussion) + list + inner.flatMap { section($0, after: names) }
    }

    /// Every command has them; the page would be twice as long.
    private static func isEverywhere(_ argument: Argument) -> Bool {
        (argument.names ?? []).contains { ["help", "version"].contains($0.name) }
    }

    private func item(_ argument: Argument) -> [String] {
        let value = (argument.valueName ?? "value").replacing(" ", with: "-")
        let names = (argument.names ?? []).map { Self.escaped($0.text) }.joined(separator: ", ")
        let head =
            switch argument.kind {
            case "positional": ".It Ar \(value)\(argument.isRepeating ? " ..." : "")"
            case "flag": ".It \(names)"
            default: ".It \(names) Ar \(value)"
            }
        return [head] + Self.lines(argument.abstract ?? "")
    }

    /// Lines that are indented are examples and stay as they are.
    private func paragraphs(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        var lines: [String] = [".Pp"]
        var isExample = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let example = line.hasPrefix("  ")
            if example != isExample, !line.isEmpty {
                lines.append(example ? ".Bd -literal -offset indent" : ".Ed")
                isExample = example
            }
            if line.isEmpty {
                if !isExample { lines.append(".Pp") }
            } else {
                lines += example ? [Self.line(line.dropFirst(2))] : Self.lines(line)
            }
        }
        if isExample { lines.append(".Ed") }
        // A paragraph before a display says nothing.
        return lines.indices
            .filter { index in
                !(lines[index] == ".Pp" && (index + 1 == lines.count || lines[index + 1].hasPrefix(".")))
            }
            .map { lines[$0] }
    }

    /// Each sentence starts a line, so that the formatter puts the right space between two; no line is long.
    private static func lines(_ text: some StringProtocol) -> [String] {
        var lines: [String] = [""]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.last.map({ ".?!".contains($0) }) ?? false || last.count + word.count > 72 {
                lines.append(String(word))
            } else {
                lines[lines.count - 1] += " " + word
            }
        }
        return lines.map { line($0) }
    }

    /// A line that starts with a dot or a quote would be a macro.
    private static func line(_ text: some StringProtocol) -> String {
        let text = escaped(String(text))
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&\(text)" : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    }
}
