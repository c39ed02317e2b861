import Glibc
import Synchronization

/// The right to change some instances of a home; it ends with its process, however that ends.
///
/// One file of `locks/` for each instance, so that whoever changes one keeps nobody from changing another. All that is
/// asked for is taken at once or not at all: who waits holds nothing, so that there is no circle of who waits for whom,
/// and no order to keep (docs/decisions/0029). The home's own lock is shared by all of them; who takes it alone, as
/// programs that copy a home may, keeps everybody out.
package final class InstanceLocks: Sendable {
    private let home: LocalHome
    private let purpose: String
    /// By instance.
    private let locks: Mutex<[String: FileLock]>
    private let shared: FileLock

    /// What the loop says that it has locks for.
    package static let loopPurpose = "run"
    /// The loop has a lock only while it acts, so whoever comes meanwhile waits and does not fail.
    private static let patienceWithLoop = Duration.seconds(120)
    /// Who waits for several has each of them for a moment now and then.
    private static let leastPatience = Duration.milliseconds(200)
    private static let pause = Duration.milliseconds(20)

    /// Takes the locks, or says who has one of them.
    ///
    /// - Parameters:
    ///   - names: The instances; none only keeps those out who want the whole home.
    ///   - patience: How long to wait for another pgsteer to be done.
    package init(
        _ names: Set<String>,
        home: LocalHome,
        purpose: String,
        patience: Duration = .zero
    ) async throws(ProviderError) {
        try home.make()
        self.home = home
        self.purpose = purpose
        shared = try FileLock(home.lock)
        locks = Mutex([:])
        let start = ContinuousClock.now
        while true {
            let busy = try take(names)
            guard let busy else { return }
            let isLoop = busy.holder.hasPrefix(Self.loopPurpose + ",")
            let limit = max(patience, isLoop ? Self.patienceWithLoop : Self.leastPatience)
            guard ContinuousClock.now < start + limit else {
                throw ProviderError(
                    "another pgsteer is at work \(busy.place): \(busy.holder)",
                    help:
                        "wait until it is done, as apply does with --lock-timeout SECONDS; only one at a time may change an instance"
                )
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Takes all locks, or none and returns who has one of them.
    private func take(_ names: Set<String>) throws(ProviderError) -> (place: String, holder: String)? {
        guard shared.takeShared() else { return ("in \(home.path)", shared.holder) }
        var taken: [String: FileLock] = [:]
        for name in names.sorted() {
            let lock = try FileLock(Self.path(of: name, home: home))
            guard lock.take(for: purpose) else { return ("on \(name)", lock.holder) }
            taken[name] = lock
        }
        locks.withLock { $0 = taken }
        return nil
    }

    /// Whether the instance is among those that are held.
    package func holds(_ name: String) -> Bool { locks.withLock { $0[name] != nil } }

    /// Lets others change an instance from now on.
    package func release(_ name: String) { locks.withLock { $0[name] = nil } }

    /// Performs a body with an instance that is held, or that nobody else holds now; nil when somebody else does.
    package func withInstance<Result>(_ name: String, _ body: () async throws -> Result) async throws -> Result? {
        if holds(name) { return try await body() }
        return try await Self.ifFree(name, home: home, purpose: purpose, body)
    }

    /// Performs a body while an instance is held, if nobody else holds it now; nil when somebody does.
    static func ifFree<Result>(_ name: String, home: LocalHome, purpose: String, _ body: () async throws -> Result)
        async throws -> Result?
    {
        let lock = try FileLock(path(of: name, home: home))
        guard lock.take(for: purpose) else { return nil }
        defer { withExtendedLifetime(lock) {} }
        return try await body()
    }

    /// Who has the lock of one of some instances, or had it last: `apply, process 17, user root`.
    package static func holder(of names: Set<String>, home: LocalHome) -> String? {
        // The lock is not tried: whoever takes it at that moment would be told that somebody else has it.
        let paths = names.sorted().compactMap { try? path(of: $0, home: home) } + [home.lock]
        let holders = paths.compactMap { LocalFiles.text($0)?.split(separator: "\n").first.map(String.init) }
        return holders.first { holder in
            let process = process(in: holder) ?? 0
            return process > 0 && process != Int(getpid()) && ProcessTable.isAlive(process)
        }
    }

    /// Which other process changes an instance at this moment: `apply, process 17, user root`; nil when none does.
    package static func changer(of name: String, home: LocalHome) -> String? {
        guard let path = try? path(of: name, home: home), let holder = FileLock.present(path),
            process(in: holder) != Int(getpid())
        else { return nil }
        return holder
    }

    private static func process(in holder: String) -> Int? {
        let part = holder.split(separator: ",").first { $0.hasPrefix(" process ") }
        return part.flatMap { Int($0.dropFirst(" process ".count)) }
    }

    /// Files stay when an instance goes: who waits for one would hold the lock of a file that nobody finds any more.
    private static func path(of name: String, home: LocalHome) throws(ProviderError) -> String {
        guard !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")) else {
            throw ProviderError("\"\(name)\" is no name of an instance", help: "pgsteer get instances lists them")
        }
        return "\(try home.locksFolder())/\(name)"
    }
}

/// The right to tend the log of one instance, beside whoever changes the instance itself.
final class LogLock: Sendable {
    private let lock: FileLock

    /// Nil when another process tends it now.
    init?(of name: String, home: LocalHome) throws(ProviderError) {
        // No instance has a name with a dot.
        lock = try FileLock("\(try home.locksFolder())/\(name).log")
        if !lock.take(for: "logs") { return nil }
    }
}

/// A short right within one home: to choose a port, to change the gateway, to make the authority. Who has it waits for
/// nothing but its own work, and asks for no other lock, so that it always comes free.
final class ShortLock: Sendable {
    /// What is done by one process at a time.
    enum Matter: String {
        case gateway
        case ports
        case authority
    }

    private let lock: FileLock

    private static let patience = Duration.seconds(180)

    /// Waits until the right is there.
    ///
    /// - Parameter limit: How long; nil for as long as anybody could need it.
    init(_ matter: Matter, home: LocalHome, within limit: Duration? = nil) async throws(ProviderError) {
        lock = try Self.file(matter, home)
        let start = ContinuousClock.now
        while !lock.take(for: matter.rawValue) {
            guard ContinuousClock.now < start + (limit ?? Self.patience) else { throw Self.tooLong(matter, lock) }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits without letting anything else of the caller's go on: only for what takes a few writes.
    init(blockingOn matter: Matter, home: LocalHome) throws(ProviderError) {
        lock = try Self.file(matter, home)
        for _ in 0..<2000 {
            if lock.take(for: matter.rawValue) { return }
            usleep(5000)
        }
        throw Self.tooLong(matter, lock)
    }

    private static func file(_ matter: Matter, _ home: LocalHome) throws(ProviderError) -> FileLock {
        // No instance has a name with a dot.
        try FileLock("\(try home.locksFolder())/.\(matter.rawValue)")
    }

    private static func tooLong(_ matter: Matter, _ lock: FileLock) -> ProviderError {
        ProviderError(
            "another pgsteer does not come to an end with the home's \(matter.rawValue): \(lock.holder)",
            help: "look at that process; end it when it hangs, and run the command again"
        )
    }
}

extension LocalHome {
    /// Makes the folder, with those above it, when it is not there.
    func make() throws(ProviderError) {
        guard access(path, F_OK) != 0 else { return }
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            // Servers run as another user and must be able to pass through.
            guard mkdir(made, 0o755) == 0 || errno == EEXIST || errno == EROFS else {
                throw ProviderError(
                    "could not make the folder \(made): \(String(cString: strerror(errno)))",
                    help: "choose another home with --home"
                )
            }
        }
    }

    /// The folder of the locks, made when it is not there. Locks are no change of the world: nothing is counted.
    fileprivate func locksFolder() throws(ProviderError) -> String {
        try make()
        let folder = path + "/locks"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw ProviderError(
                "could not make the folder \(folder): \(String(cString: strerror(errno)))",
                help: "check who owns \(path), or choose another home with --home"
            )
        }
        return folder
    }
}
