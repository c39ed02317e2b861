import Diagnostics
package import Providers
package import Reconciliation
package import SideEffects
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Specifications of a remote repository: the newest commit that may come into force, checked out into a folder of its own.
///
/// Fetching goes on beside the loop, which only ever asks what is there. What was in force stays in force, also over a
/// restart, until a newer commit follows it, is signed where that is asked for, and has specifications without a mistake.
package actor GitSource: SpecSource {
    /// A commit that may come into force, with what is wrong with its files.
    private struct Candidate {
        var commit: String
        var diagnostics: [Diagnostic]
    }

    private let options: GitOptions
    private let folder: GitFolder
    private let mirror: GitMirror
    private let files: LocalFiles
    private var record = GitRecord()
    private var isPrepared = false
    /// Whether this process keeps the home.
    private var isKeeper = false
    private var candidate: Candidate?
    private var state: GitState
    /// What the last look at the remote found and decided by, so that nothing is fetched twice.
    private var lastLook: (tip: String, inForce: String?, consent: String?)?
    private var news = GitNews()
    /// The commit before the newest one, where the last look found that the branch does not lead to it any more.
    private var replaced: String?

    package init(_ options: GitOptions, home: LocalHome, environment: [String: String], effects: SideEffectCounter) {
        self.options = options
        folder = GitFolder(home: home, address: options.address, reference: options.reference)
        files = LocalFiles(effects: effects)
        let program = GitProgram(
            address: options.address,
            folder: folder.path,
            environment: environment,
            timeLimit: options.timeLimit
        )
        mirror = GitMirror(program: program, folder: folder, files: files)
        state = GitState(remote: options.address.shown, reference: options.reference.name, path: options.path)
    }

    // MARK: What the loop asks

    package func stamp() -> String {
        prepare()
        return candidate?.commit ?? lastInForce ?? ""
    }

    package func read() -> SpecReading? {
        prepare()
        if let candidate { return reading(of: candidate.commit, candidate.diagnostics) }
        return lastInForce.map { reading(of: $0, []) }
    }

    package func lastGood() async -> SpecReading? {
        guard let commit = lastInForce, let candidate, candidate.commit != commit else { return nil }
        return reading(of: commit, [])
    }

    /// The commit in force, where its files are still there; else it is checked out anew, or not there any more.
    private var lastInForce: String? {
        record.inForce.flatMap { LocalFiles.exists(folder.checkout(of: $0)) ? $0 : nil }
    }

    package func noteInForce(_ reading: SpecReading) async {
        guard let commit = reading.commit, commit != record.inForce else { return }
        record.before = record.inForce
        record.inForce = commit
        writeRecord()
        if LocalFiles.text(folder.consent)?.hasPrefix(commit) ?? false { try? files.remove(folder.consent) }
        removeOldCheckouts()
    }

    private func reading(of commit: String, _ diagnostics: [Diagnostic]) -> SpecReading {
        let prefix = GitObject.shown(commit) + ":"
        var collector = DiagnosticCollector()
        collector.emit(contentsOf: diagnostics)
        guard !collector.hasErrors else {
            return SpecReading(texts: [], collector: collector, commit: commit, prefix: prefix)
        }
        let root = folder.checkout(of: commit)
        let path = options.path == "." ? root : "\(root)/\(options.path)"
        let texts = SpecFiles.read([path], collector: &collector)
            .map { SpecText(path: prefix + $0.path.dropFirst(root.count + 1), bytes: $0.bytes) }
        return SpecReading(texts: texts, collector: collector, commit: commit, prefix: prefix)
    }

    // MARK: Following

    package func refresh(_ telling: SourceTelling) async {
        prepare()
        await lookAndTell(telling)
    }

    package func follow(_ telling: SourceTelling) async {
        prepare()
        isKeeper = true
        removeOldCheckouts()
        while !Task.isCancelled {
            await lookAndTell(telling)
            await pause()
        }
    }

    /// Waits for the next look at the remote, which comes at once when somebody accepts a commit.
    private func pause() async {
        let wait = Double(options.interval) * Double.random(in: 0.9...1.1)
        let (end, consent) = (ContinuousClock.now + .seconds(wait), LocalFiles.text(folder.consent))
        while !Task.isCancelled, ContinuousClock.now < end {
            try? await Task.sleep(for: min(.milliseconds(500), end - .now))
            if state.awaitsConsent != nil, LocalFiles.text(folder.consent) != consent { return }
        }
    }

    private func lookAndTell(_ telling: SourceTelling) async {
        let look = await lookUnderLock()
        if Task.isCancelled { return }
        let before = record.unreachableSince
        switch look {
        case .allowed, .refused:
            state.answered = .now
            record.unreachableSince = nil
        case .failed:
            record.unreachableSince = before ?? .now
        }
        if record.unreachableSince != before { writeRecord() }
        state.unreachableSince = record.unreachableSince
        (state.problem, state.awaitsConsent) = problem(of: look)
        if case .allowed(let commit) = look { state.newest = commit }
        let state = self.state
        await telling.status.update { $0.git = state }
        let events = news.events(of: look, replaced: replaced, record, unreachableBefore: before, options)
        for event in events { await telling.tell(event) }
    }

    private func problem(of look: GitLook) -> (String?, String?) {
        switch look {
        case .allowed: (nil, nil)
        case .refused(let problem, let commit): (problem, commit)
        case .failed(let reason): ("\(options.address.shown) cannot be reached: \(reason)", state.awaitsConsent)
        }
    }

    // MARK: Looking at the remote

    private func lookUnderLock() async -> GitLook {
        let lock: FileLock
        do throws(ProviderError) {
            try files.makeFolder(folder.path, mode: 0o700)
            try files.makeFolder(folder.checkouts, mode: 0o700)
            lock = try FileLock(folder.lock)
        } catch {
            return .failed(error.message)
        }
        // A single round beside a loop, or what a killed loop has left running, may be at work in the mirror.
        let end = ContinuousClock.now + .seconds(options.timeLimit)
        while !lock.take(for: "fetch") {
            guard ContinuousClock.now < end, !Task.isCancelled else {
                return .failed("the mirror is in use: \(lock.holder)")
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
        defer { withExtendedLifetime(lock) {} }
        do throws(GitFailure) {
            return try await look()
        } catch {
            return .failed(error.description)
        }
    }

    private func look() async throws(GitFailure) -> GitLook {
        replaced = nil
        let reference = options.reference
        var source = reference.name
        var found: String? = reference.name
        if !reference.isCommit {
            let tip = try await mirror.remoteTip(of: reference)
            (source, found) = (tip?.reference ?? source, tip?.id)
        }
        guard let found else {
            return .refused("\(options.address.shown) has no branch and no tag \(reference.name)", awaitsConsent: nil)
        }
        let consent = LocalFiles.text(folder.consent)?.split(separator: "\n").first.map(String.init)
        // What is known has been decided about.
        if let lastLook, lastLook.tip == found, lastLook.inForce == record.inForce, lastLook.consent == consent {
            return previous
        }
        let before = await mirror.lastTip()
        let commit =
            reference.isCommit
            ? try await mirror.fetch(commit: found) : try await mirror.fetch(source, isSHA256: found.utf8.count == 64)
        let result = try await judge(commit, consent: consent)
        if let before, before != commit, !reference.isCommit, try await !mirror.isDescendant(commit, of: before) {
            replaced = before
        }
        // A branch that moves between the question and the fetch is looked at once more.
        if commit == found { lastLook = (found, record.inForce, consent) }
        previous = result
        return result
    }

    private var previous = GitLook.refused("not looked at yet", awaitsConsent: nil)

    /// Decides about a commit that has been fetched, and checks it out when it may come into force.
    private func judge(_ commit: String, consent: String?) async throws(GitFailure) -> GitLook {
        var isDescendant = true
        if let inForce = record.inForce { isDescendant = try await mirror.isDescendant(commit, of: inForce) }
        let verdict = GitVerdict.of(
            commit,
            inForce: record.inForce,
            isDescendant: isDescendant,
            consent: consent,
            isPinned: options.reference.isCommit
        )
        let shown = GitObject.shown(commit)
        if verdict == .needsConsent {
            let inForce = GitObject.shown(record.inForce ?? "")
            return .refused(
                "\(options.reference.name) of \(options.address.shown) was replaced: commit \(shown) does not follow \(inForce); look at it, then: pgsteer accept \(shown)",
                awaitsConsent: commit
            )
        }
        if let trust = options.trust {
            // Whoever accepts this very commit has looked at what comes with it.
            let isAccepted = consent == commit || options.reference.isCommit
            let distrust = try await mirror.distrust(of: commit, after: isAccepted ? nil : record.inForce, trust)
            if let distrust { return distrust.look(newest: commit) }
        }
        if candidate?.commit != commit {
            let selection = try await mirror.selection(of: commit, below: options.path)
            if selection.diagnostics.isEmpty { try await mirror.checkOut(commit, selection.files) }
            candidate = Candidate(commit: commit, diagnostics: selection.diagnostics)
        }
        if let inForce = record.inForce, await mirror.has(inForce) { try await mirror.keep(inForce) }
        return .allowed(commit)
    }

    // MARK: The home

    /// Reads what is remembered; only now, since another process may have kept the home until then.
    private func prepare() {
        guard !isPrepared else { return }
        isPrepared = true
        record = LocalFiles.text(folder.record).flatMap(GitRecord.init) ?? GitRecord()
    }

    /// That it cannot be written costs a question of consent after the next start.
    private func writeRecord() {
        try? files.makeFolder(folder.path, mode: 0o700)
        _ = try? files.write(record.text, to: folder.record, mode: 0o600)
    }

    /// Keeps the commit in force, the one before it and the one that is being decided about. A single round beside a loop
    /// removes nothing, since the loop may be reading.
    private func removeOldCheckouts() {
        guard isKeeper else { return }
        let kept = Set([record.inForce, record.before, candidate?.commit].compactMap(\.self))
        for name in LocalFiles.names(in: folder.checkouts) where !kept.contains(name) {
            try? files.remove("\(folder.checkouts)/\(name)")
        }
    }
}
