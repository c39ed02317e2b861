import Glibc
import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One PostgreSQL server of this host: made, started and stopped with PostgreSQL's own programs.
struct LocalServer: Sendable {
    let folder: NodeFolder
    let port: Int
    /// The folder of the Unix sockets, which the nodes of an instance share.
    let sockets: String
    /// The folder of `initdb`, `pg_ctl`, `postgres`.
    let binaries: String
    /// Who runs the server; nil for the caller.
    let user: SystemUser?
    let files: LocalFiles

    /// How long a server may take to start or stop (product document: a restart takes 10 minutes at most).
    private static let patience = 600

    // MARK: Observation

    /// The process id of the running server; nil when none runs in this folder.
    ///
    /// A pid file may name a process that is somebody else's by now: a server works in its data folder.
    static func processID(in folder: NodeFolder) -> Int? {
        guard let text = LocalFiles.text(folder.data + "/postmaster.pid"),
            let processID = text.split(separator: "\n").first.flatMap({ Int($0) }),
            ProcessTable.isAlive(processID),
            ProcessTable.workingFolder(of: processID) == (realPath(folder.data) ?? folder.data)
        else { return nil }
        return processID
    }

    /// The socket of a server that runs and has opened it, but whose file is gone, so that nobody can ask it; nil when all is
    /// well.
    ///
    /// The lines of its pid file (PostgreSQL's `pidfile.h`): the fourth is the port, the fifth the sockets' folder, the
    /// eighth its state. A server never makes the file again while it runs.
    static func missingSocket(of folder: NodeFolder) -> String? {
        guard processID(in: folder) != nil, let text = LocalFiles.text(folder.data + "/postmaster.pid") else {
            return nil
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 7, lines[7].hasPrefix("ready") || lines[7].hasPrefix("standby"), !lines[4].isEmpty else {
            return nil
        }
        let socket = "\(lines[4])/.s.PGSQL.\(lines[3])"
        return LocalFiles.exists(socket) ? nil : socket
    }

    /// The number that initdb gave the data, from the first 8 bytes of its control file (`pg_control.h`).
    static func systemIdentifier(of folder: NodeFolder) -> String? {
        guard let file = FileHandle.bytes(of: folder.data + "/global/pg_control", count: 8) else { return nil }
        return String(file.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// Whether the server was stopped as it should be, from its control file (`pg_control.h`: the state comes after two
    /// version numbers; 1 is "shut down").
    static func wasShutDown(_ folder: NodeFolder) -> Bool {
        FileHandle.bytes(of: folder.data + "/global/pg_control", count: 17)?.last == 1
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    // MARK: Operations

    /// Makes new data.
    ///
    /// - Parameter prepare: Makes what `initdb` left the data of this node, before it gets its name.
    func initialise(charset: String, prepare: (_ folder: String) throws(ProviderError) -> Void)
        async throws(ProviderError)
    {
        try await makeData(
            by: "initdb",
            [
                "--username=postgres", "--encoding=\(charset)", "--locale=\(charset == "UTF8" ? "C.UTF-8" : "C")",
                "--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256",
            ],
            prepare: prepare
        )
    }

    /// Lets one of PostgreSQL's programs make data in a folder of another name, which replaces what was there when it is
    /// complete.
    func makeData(
        by program: String,
        _ arguments: [String],
        prepare: (_ folder: String) throws(ProviderError) -> Void
    ) async throws(ProviderError) {
        let unfinished = try unfinishedData().data
        files.effects.willPerform("\(program) \(unfinished)")
        let result = try await ChildProcess.run(
            "\(binaries)/\(program)",
            ["--pgdata=\(unfinished)"] + arguments,
            as: user
        )
        guard result.isSuccess else {
            let lines = (result.output + result.errors).split(separator: "\n").suffix(8).map(String.init)
            try? removeUnfinished()
            throw ProviderError(
                "\(program) could not make the data in \(folder.data)",
                help: LocalFiles.spaceWarning(at: folder.path),
                log: lines
            )
        }
        try prepare(unfinished)
        try adopt(unfinished)
    }

    /// Returns the place of data that is to be made, and removes what was begun before.
    func unfinishedData() throws(ProviderError) -> NodeFolder {
        try removeUnfinished()
        let name = "\(NodeFolder.unfinishedPrefix)\(UInt32.random(in: 0 ... .max))"
        return NodeFolder(path: folder.path, dataName: name)
    }

    /// Lets data that is complete replace what was there.
    func adopt(_ unfinished: String) throws(ProviderError) {
        try files.remove(folder.data)
        try files.remove(folder.unfinishedRewind)
        try files.move(unfinished, to: folder.data)
    }

    /// Starts the server, and returns when it accepts connections.
    func start() async throws(ProviderError) -> ProviderOutcome {
        if Self.processID(in: folder) != nil { return .alreadyDone }
        try await removeStaleLocks()
        let offset = logSize
        files.effects.willPerform("start the server in \(folder.data)")
        _ = try await control(["start", "-w", "-t", String(Self.patience), "-l", folder.log])
        // A start that a killed pgsteer had begun may have won: then it runs all the same.
        guard Self.processID(in: folder) != nil else {
            let log = logLines(since: offset)
            throw ProviderError("the server in \(folder.data) does not start", help: help(with: log), log: log)
        }
        return .performed
    }

    /// What to do about a server that does not start, by what it said; nil when that says enough.
    private func help(with log: [String]) -> String? {
        func says(_ text: String) -> Bool { log.contains { $0.contains(text) } }
        if says("No space left on device") {
            return "its disk is full: free some space there and run it again; what was acknowledged is not lost"
        }
        if says("postgresql.auto.conf\" contains errors") {
            return
                "somebody has written into \(folder.data)/postgresql.auto.conf: correct or remove that line, and run it again"
        }
        return LocalFiles.spaceWarning(at: folder.path)
    }

    /// Stops the server: sessions are closed, everything is written and sent to the standbys.
    ///
    /// The signal is that of pg_ctl's mode fast; waiting here notices the end within milliseconds, where pg_ctl looks
    /// ten times a second, and clients wait for it.
    func stop() async throws(ProviderError) -> ProviderOutcome {
        guard let processID = Self.processID(in: folder) else { return .alreadyDone }
        files.effects.willPerform("stop the server in \(folder.data)")
        kill(pid_t(processID), SIGINT)
        let deadline = ContinuousClock.now + .seconds(Self.patience)
        while ProcessTable.isAlive(processID) {
            guard ContinuousClock.now < deadline else {
                throw ProviderError("the server in \(folder.data) does not stop", log: logLines(since: 0))
            }
            try? await Task.sleep(for: .milliseconds(3))
        }
        return .performed
    }

    /// Stops the server for good, and returns when its log collector is gone, too: it ends when all others have.
    func stopForGood() async throws(ProviderError) {
        _ = try await stop()
        let deadline = ContinuousClock.now + .seconds(10)
        while !ProcessTable.processes(workingIn: folder.data).isEmpty, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Removes what interrupted creations left, and ends those that still run without their master.
    func removeUnfinished() throws(ProviderError) {
        for name in LocalFiles.names(in: folder.path) where name.hasPrefix(NodeFolder.unfinishedPrefix) {
            let path = "\(folder.path)/\(name)"
            for processID in ProcessTable.processes(mentioning: path)
                + ProcessTable.processes(mentioning: "--pgdata=\(path)") + ProcessTable.processes(workingIn: path)
            {
                kill(pid_t(processID), SIGKILL)
            }
            try files.remove(path)
        }
    }

    /// Removes lock files that would keep PostgreSQL from starting although their server is gone.
    ///
    /// PostgreSQL itself passes over a file whose process does not exist. It cannot know that a zombie is dead, or
    /// that a pid was given to somebody else since. Processes of the dead server that still work on the data must be
    /// gone first: they and a new server would write the same files.
    private func removeStaleLocks() async throws(ProviderError) {
        let locks = [
            folder.data + "/postmaster.pid", "\(sockets)/.s.PGSQL.\(port)", "\(sockets)/.s.PGSQL.\(port).lock",
        ]
        let stale = locks.filter { path in
            let holder = LocalFiles.text(path)?.split(separator: "\n").first.flatMap { Int($0) }
            return holder.map { LocalFiles.exists("/proc/\($0)") } ?? false
        }
        guard !stale.isEmpty else { return }
        // They end by themselves within moments of their server's death.
        for _ in 0..<100 where !ProcessTable.processes(workingIn: folder.data).isEmpty {
            try? await Task.sleep(for: .milliseconds(50))
        }
        guard ProcessTable.processes(workingIn: folder.data).isEmpty else {
            throw ProviderError(
                "the server in \(folder.data) died and its sessions have not ended yet",
                help: "run it again in a few seconds"
            )
        }
        for path in stale { try files.remove(path) }
    }

    private func control(_ arguments: [String]) async throws(ProviderError) -> ChildResult {
        try await ChildProcess.run("\(binaries)/pg_ctl", ["-D", folder.data, "-s"] + arguments, as: user)
    }

    // MARK: Log

    var logSize: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.log)
        return (attributes?[.size] as? Int) ?? Int(attributes?[.size] as? UInt64 ?? 0)
    }

    /// The last lines of the server's log that were written after an offset in bytes, and that say something of the server.
    func logLines(since offset: Int) -> [String] { Self.telling(logText(since: offset)) }

    /// The last lines of a piece of log, but for those about clients who came while the server was not ready: many of them
    /// would hide why it does not become so.
    static func telling(_ log: String) -> [String] {
        let turnedAway = [
            "FATAL:  the database system is ", "DETAIL:  Consistent recovery state has not been yet reached.",
            "DETAIL:  Hot standby mode is disabled.",
        ]
        let lines = log.split(separator: "\n").filter { line in !turnedAway.contains { line.contains($0) } }
        return lines.suffix(8).map(String.init)
    }

    /// What was written to the server's log after an offset in bytes.
    func logText(since offset: Int) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: folder.log)) else { return "" }
        return String(decoding: data.dropFirst(min(offset, data.count)), as: UTF8.self)
    }
}

/// Reads the beginning of a file.
private enum FileHandle {
    static func bytes(of path: String, count: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        return read(descriptor, &bytes, count) == count ? bytes : nil
    }
}
