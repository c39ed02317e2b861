import ArgumentParser
import Diagnostics
import Glibc
import Providers
import ServerLogs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct LogsDownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Copies whole log files to a folder, or all of them one after the other to stdout.",
        discussion: """
            Lines are as the server wrote them, but for passwords, which are replaced by stars. Files are named after \
            instance and node: orders-1-server.log.
            """
    )

    @Argument(help: "The instance.")
    var name: String

    @Option(help: ArgumentHelp("The folder; it is made. Without it, everything goes to stdout.", valueName: "folder"))
    var to: String?

    @Option(help: "Only of this node; all nodes by default.")
    var node: Int?

    @OptionGroup var period: SinceOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            _ = try await session.placement(of: name)
            // A file that was written last before then holds nothing that is meant.
            let start = period.start ?? .distantPast
            let files = try session.local.logFiles(of: name, node: node).filter { $0.modified >= start }
            guard let to else {
                for file in files { try copy(file) { terminal.write($0) } }
                return
            }
            try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
            for file in files {
                let path = "\(to)/\(name)-\(file.node)-\(file.name)"
                try copy(file, to: path)
                terminal.write(path + "\n")
            }
        } catch {
            throw terminal.failure(error)
        }
    }

    /// A file that is only half there has another name.
    private func copy(_ file: LogFile, to path: String) throws {
        let temporary = path + ".part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ProviderError("could not write \(temporary): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        try copy(file) { text in
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw ProviderError("could not write \(temporary): \(String(cString: strerror(errno)))")
                }
                bytes = bytes.dropFirst(count)
            }
        }
        guard rename(temporary, path) == 0 else {
            throw ProviderError("could not write \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Hands over a file in pieces of whole entries: a password may stand on the second line of a statement.
    private func copy(_ file: LogFile, _ write: (String) throws -> Void) throws {
        guard var lines = LogLines(path: file.path) else {
            throw ProviderError(
                "could not read \(file.path)",
                help: "run it as the user who runs the servers, or as root"
            )
        }
        var entry: [UInt8] = []
        func flush() throws {
            if !entry.isEmpty { try write(LogMask.apply(to: String(decoding: entry, as: UTF8.self))) }
            entry = []
        }
        while let line = lines.next() {
            if line.first != UInt8(ascii: "\t") { try flush() }
            entry += line
            entry.append(UInt8(ascii: "\n"))
        }
        try flush()
        if let rest = lines.unfinished { try write(LogMask.apply(to: String(decoding: rest, as: UTF8.self))) }
    }
}
