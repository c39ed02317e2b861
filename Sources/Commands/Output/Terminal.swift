import ArgumentParser
import Diagnostics
import Glibc
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Where a command writes: results on stdout, progress and diagnostics on stderr.
struct Terminal: Sendable {
    let resultStyle: TerminalStyle
    let progressStyle: TerminalStyle

    init(_ options: GlobalOptions) {
        resultStyle = options.style(for: STDOUT_FILENO)
        progressStyle = options.style(for: STDERR_FILENO)
    }

    /// How many characters fit into a line of the result; nil where it is not shown on a terminal.
    var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes a result.
    func write(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

    /// Writes a result as JSON.
    func write(json value: some Encodable) throws { write(try JSONText.text(value)) }

    /// Writes a result as YAML; it holds what the JSON form holds.
    func write(yaml value: some Encodable) throws { write(YAMLText.text(try JSONText.value(value))) }

    /// Writes progress or a diagnostic.
    func tell(_ text: String) { Self.write(text, to: STDERR_FILENO) }

    /// Writes diagnostics for people.
    func tell(_ diagnostics: [Diagnostic]) {
        guard !diagnostics.isEmpty else { return }
        tell(TextDiagnosticRenderer(style: progressStyle).render(diagnostics))
    }

    /// Writes an error that has no place in a file, and returns what ends the command.
    func failure(_ error: any Error) -> ExitCode {
        if error is CancellationError { return ExitCode(130) }
        tell("\(progressStyle.paint("error", .error)): \("\(error)".visibleLines)\n")
        return ExitCode(1)
    }

    /// Everything, also to a slow reader; a reader that is gone is no error of ours.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// JSON as every command writes it: indented, keys sorted, times in ISO 8601.
enum JSONText {
    /// Returns the JSON form as a value.
    static func value(_ value: some Encodable) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text(value).utf8))
    }

    static func text(_ value: some Encodable, isPretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
