import ArgumentParser
import Diagnostics
import Glibc
import SideEffects
import SpecLoading
import YAMLSyntax

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct FmtCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Lays specifications out in one way; keeps comments, never changes what they say.",
        discussion: """
            Prints the names of the files that it changed. With - it reads stdin and writes stdout, for editors. A file \
            with a mistake is left alone and its mistake is told. Exit codes: 0 done, 1 a file could not be read, 2 with \
            --check: a file is laid out differently.
            """
    )

    @OptionGroup var specs: SpecOptions
    @OptionGroup var global: GlobalOptions

    @Flag(help: "Write nothing; print the names of the files that would change, and exit with 2 if there are any.")
    var check = false

    @Flag(help: "Write nothing; print what would change.")
    var diff = false

    func run() async throws {
        let terminal = Terminal(global)
        var collector = DiagnosticCollector()
        if specs.paths == ["-"] {
            try formatInput(terminal, &collector)
            return
        }
        let texts = try specs.texts(collector: &collector)
        let effects = SideEffectCounter(
            crashAt: ProcessInfo.processInfo.environment["PGSTEER_CRASH_AT"].flatMap { Int($0) }
        )
        var changed = 0
        for text in texts {
            guard let formatted = formatted(text, &collector), formatted != text.bytes else { continue }
            changed += 1
            let isPrinted = try write(formatted, instead: text, terminal, effects)
            if isPrinted { terminal.write("\(text.path)\n") }
        }
        terminal.tell(collector.sorted)
        try finish(terminal, changed: changed, of: texts.count, hasErrors: collector.hasErrors)
    }

    /// Returns whether the name of the file is still to be printed.
    private func write(
        _ formatted: [UInt8],
        instead text: SpecText,
        _ terminal: Terminal,
        _ effects: SideEffectCounter
    ) throws -> Bool {
        if diff {
            let old = String(decoding: text.bytes, as: UTF8.self)
            terminal.write(UnifiedDiff.text(from: old, to: String(decoding: formatted, as: UTF8.self), path: text.path))
        } else if !check {
            do {
                try ReplacedFile(path: text.path).write(formatted, instead: text.bytes, effects)
            } catch {
                throw terminal.failure(error)
            }
        }
        return !diff
    }

    private func finish(_ terminal: Terminal, changed: Int, of count: Int, hasErrors: Bool) throws {
        let files = count == 1 ? "1 file" : "\(count) files"
        if check || diff {
            let command = (["pgsteer fmt"] + specs.paths).joined(separator: " ")
            if changed > 0 { terminal.tell("\(changed) of \(files) would change; do it with: \(command)\n") }
        } else if changed > 0 || count > 0 {
            terminal.tell("\(changed) of \(files) changed\n")
        }
        if hasErrors { throw ExitCode(1) }
        if check, changed > 0 { throw ExitCode(2) }
    }

    /// An editor's filter: on a mistake it prints nothing, so that the editor keeps its text.
    private func formatInput(_ terminal: Terminal, _ collector: inout DiagnosticCollector) throws {
        let text = SpecText(path: "<stdin>", bytes: Self.input(atMost: YAMLLimits().fileSize + 1))
        let formatted = formatted(text, &collector)
        terminal.tell(collector.sorted)
        guard let formatted else {
            // What cannot be laid out is passed on as it is; what has a mistake is not.
            if collector.hasErrors { throw ExitCode(1) }
            if !check, !diff { terminal.write(String(decoding: text.bytes, as: UTF8.self)) }
            return
        }
        let (old, new) = (String(decoding: text.bytes, as: UTF8.self), String(decoding: formatted, as: UTF8.self))
        if diff { terminal.write(UnifiedDiff.text(from: old, to: new, path: text.path)) }
        if !check, !diff { terminal.write(new) }
        if check, formatted != text.bytes { throw ExitCode(2) }
    }

    /// Returns nil for a text that stays as it is; the collector knows why.
    private func formatted(_ text: SpecText, _ collector: inout DiagnosticCollector) -> [UInt8]? {
        let keys = SpecLoader.envelopeKeys
        switch YAMLFormatter.format(text.bytes, path: text.path, keys: keys, collector: &collector) {
        case nil: return nil
        case .formatted(let formatted): return Array(formatted.utf8)
        case .declined(let reason):
            collector.emit(
                Diagnostic(
                    .unformatted,
                    "\(text.path) was left as it is: \(reason).",
                    at: nil,
                    severity: .warning,
                    help: "write that place in a simpler way, or leave the file out"
                )
            )
            return nil
        }
    }

    private static func input(atMost limit: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }
}

extension DiagnosticCode {
    static let unformatted = DiagnosticCode("PGS-061", "Left as it is")
}
