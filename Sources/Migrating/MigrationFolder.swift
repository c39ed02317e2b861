package import Providers
package import Resources
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files of one migration in the home.
package struct MigrationFolder: Sendable {
    package let name: String
    package let path: String
    private let files: LocalFiles

    package init(name: String, home: LocalHome, files: LocalFiles) {
        self.name = name
        path = "\(home.path)/migrations/\(name)"
        self.files = files
    }

    /// The names of all migrations that the home knows.
    package static func names(in home: LocalHome) -> [String] {
        LocalFiles.names(in: home.path + "/migrations").filter { !$0.hasPrefix(".") }
    }

    /// Where migrations are that have begun, have something on their ends and are not declared, by name.
    ///
    /// What is about none of the declared instances is somebody else's business.
    package static func undeclared(in home: LocalHome, besides desired: DesiredFleet, files: LocalFiles) -> [String:
        String]
    {
        names(in: home).filter { desired.migrations[$0] == nil }
            .reduce(into: [:]) { places, name in
                guard let task = try? MigrationFolder(name: name, home: home, files: files).task(),
                    task.hasLeftSomething
                else { return }
                let ends = task.instances ?? []
                guard ends.isEmpty || ends.contains(where: { desired.instances[$0] != nil }) else { return }
                places[name] = "\(task.state.rawValue), \(task.source) to \(task.target)"
            }
    }

    private var record: String { path + "/task.json" }
    private var requested: String { path + "/request" }
    private var progress: String { path + "/progress.json" }
    /// What pg_dump wrote.
    var archive: String { path + "/structure.dump" }
    var scripts: String { path + "/structure" }

    /// What is remembered; nil when the migration has not begun.
    package func task() throws -> MigrationTask? {
        guard let text = LocalFiles.text(record) else { return nil }
        do {
            return try JSONDecoder.iso8601.decode(MigrationTask.self, from: Data(text.utf8))
        } catch {
            throw MigrationError(
                "\(record) is damaged: \(error)",
                help:
                    "remove the folder \(path) and look for what it left with: SELECT slot_name FROM pg_replication_slots"
            )
        }
    }

    func write(_ task: MigrationTask) throws {
        try files.makeFolder(path, mode: 0o755)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try files.write(String(decoding: try encoder.encode(task), as: UTF8.self) + "\n", to: record, mode: 0o600)
    }

    /// One process at a time works on a migration; other commands on the same home go on beside it.
    package func lock(_ purpose: String, patience: Duration = .zero) async throws -> FolderLock {
        try files.makeFolder(path, mode: 0o755)
        return try await FolderLock(path, purpose: purpose, patience: patience)
    }

    /// Whether a process works on it now.
    package var isWorkedOn: Bool { FolderLock.isHeld(path) }

    package func ask(_ request: MigrationRequest) throws {
        try files.write(request.rawValue, to: requested, mode: 0o600)
    }

    var request: MigrationRequest? { LocalFiles.text(requested).flatMap(MigrationRequest.init) }

    func forgetRequest() throws { try files.remove(requested) }

    private var definitions: String { path + "/definitions.json" }

    /// The definitions of both ends when the structure was made; nil before that, and where nothing is followed.
    package var baseline: DefinitionBaseline? {
        LocalFiles.text(definitions)
            .flatMap { try? JSONDecoder().decode(DefinitionBaseline.self, from: Data($0.utf8)) }
    }

    func keep(_ baseline: DefinitionBaseline) throws {
        try files.write(
            String(decoding: try JSONEncoder().encode(baseline), as: UTF8.self),
            to: definitions,
            mode: 0o600
        )
    }

    /// Removes everything that is remembered.
    func remove() throws { try files.remove(path) }

    /// Keeps how far the work is, for `migration status`. It is no side effect: nothing is decided by it, and how often it
    /// is written depends on the time.
    func keep(_ snapshot: MigrationProgress) {
        guard let data = try? JSONEncoder().encode(snapshot) else { return }
        try? data.write(to: URL(filePath: progress), options: .atomic)
    }

    /// How far the work was when it was last told.
    package var lastProgress: MigrationProgress? {
        LocalFiles.text(progress).flatMap { try? JSONDecoder().decode(MigrationProgress.self, from: Data($0.utf8)) }
    }
}

extension JSONDecoder {
    static var iso8601: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

/// Why a migration cannot go on: what was done, what came in between, what to do about it.
package struct MigrationError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var help: String?

    package init(_ message: String, help: String? = nil) {
        self.message = message
        self.help = help
    }

    package var description: String { message + (help.map { "\nhelp: \($0)" } ?? "") }
}

/// The work was stopped because somebody asked for it.
package struct MigrationStopped: Error, Sendable {
    /// Nil when the program was interrupted.
    package var request: MigrationRequest?
    /// Why it had to be stopped, where nobody asked for it.
    package var because: MigrationError?
}
