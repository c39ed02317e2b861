import Diagnostics
import Resources
import SpecLoading
import SpecSchema

/// Reads the specifications when they may have changed, and brings those without a mistake into force.
struct SpecReader {
    let source: any SpecSource
    let context: LoopContext
    /// Whether the last reading brought something new into force.
    private(set) var hasMoved = false
    /// Whether what interrupted programs left in the home has been cleared away.
    var hasCleared = false
    private var stamp: String?
    private var force: LoopContext.Force?
    private var toldProblem: String?
    private var texts = KeptTexts()

    init(source: any SpecSource, context: LoopContext) {
        self.source = source
        self.context = context
    }

    /// Who writes many files needs moments in which some are there and others are not.
    private static let calm = Duration.milliseconds(200)

    /// Returns what is in force; nil while no specifications could be read.
    ///
    /// - Parameter always: Whether to read also when nothing seems to have changed: secrets lie elsewhere.
    mutating func read(always: Bool) async -> LoopContext.Force? {
        hasMoved = false
        var found = await source.stamp()
        guard always || found != stamp else { return force }
        if stamp != nil {
            // Half of a change is not a change.
            for _ in 0..<20 {
                try? await Task.sleep(for: Self.calm)
                let later = await source.stamp()
                if later == found { break }
                found = later
            }
        }
        stamp = found
        guard let reading = await source.read() else { return force }
        let read = await adopt(reading)
        // Servers that die are brought back also by a loop that starts while the newest specifications have a mistake.
        guard read == nil, let last = await source.lastGood() else { return read }
        return await adopt(last, isLast: true)
    }

    /// Brings what was read into force, or refuses it.
    ///
    /// - Parameter isLast: Whether it was in force before, and newer specifications have been refused.
    private mutating func adopt(_ reading: SpecReading, isLast: Bool = false) async -> LoopContext.Force? {
        var reading = reading
        let digest = reading.digest
        // The same text means the same; only the secrets that it refers to may be others.
        let known = force.flatMap { $0.revision.digest == digest ? $0.revision.desired : nil }
        var desired = known ?? SpecLoader.load(reading.texts, collector: &reading.collector)
        if known == nil { texts.noteRead(reading.texts) }
        context.host.loadSecrets(into: &reading, &desired)
        // What is wrong with the newest has been told, and is what somebody has to look at.
        if isLast, reading.collector.hasErrors || desired.instances.isEmpty { return force }
        if desired.instances.isEmpty, !reading.collector.hasErrors {
            return await refuse("the specifications declare no instance; nothing is done", digest)
        }
        if reading.collector.hasErrors { return await refuse(Self.problem(reading.collector), digest) }
        let isRepaired = !isLast && toldProblem != nil
        if isRepaired { toldProblem = nil }
        if let force, force.revision.digest == digest, force.revision.desired.secrets == desired.secrets {
            return await followCommit(reading, force, isRepaired: isRepaired)
        }
        let revision = SpecRevision(
            desired: desired,
            digest: digest,
            commit: reading.commit,
            emptyFiles: reading.emptyFiles
        )
        let isChange = force != nil
        force = LoopContext.Force(revision: revision, fleet: await context.host.fleet(for: desired))
        hasMoved = isChange
        if known == nil { texts.noteInForce(reading.texts) }
        await tellForce(revision, isChange: isChange, isRepaired: isRepaired)
        if !isLast { await source.noteInForce(reading) }
        return force
    }

    /// A commit that changes no specification is in force like any other, and wakes nobody.
    ///
    /// - Parameter isRepaired: Whether a mistake was taken back, so that the last that was told is not the mistake.
    private mutating func followCommit(_ reading: SpecReading, _ force: LoopContext.Force, isRepaired: Bool) async
        -> LoopContext.Force
    {
        let commit = reading.commit
        let isOther = force.revision.commit != commit
        guard isOther || isRepaired else { return force }
        var force = force
        force.revision.commit = commit
        self.force = force
        await context.status.update { state in
            state.commit = commit
            if isRepaired { state.specProblem = nil }
        }
        let how = isRepaired ? "in force, and right again" : "in force, as before"
        let sentence = "\(Self.summary(of: force.revision, commit: commit)) \(how)"
        await context.tell(LoopEvent(.specsChanged, sentence).of(commit))
        if isOther { await source.noteInForce(reading) }
        return force
    }

    private func tellForce(_ revision: SpecRevision, isChange: Bool, isRepaired: Bool) async {
        await context.status.declare(revision.desired.migrations.values.sorted { $0.name.value < $1.name.value })
        let (digest, commit) = (revision.digest, revision.commit)
        await context.status.update { state in
            state.specDigest = digest
            state.commit = commit
            // In one go: whoever tells that it is mended tells the commit that has mended it.
            if isRepaired { state.specProblem = nil }
        }
        let what = Self.summary(of: revision, commit: commit)
        let sentence = isChange ? "changed \(what) in force" : "\(what) in force"
        await context.tell(LoopEvent(.specsChanged, sentence).of(commit))
    }

    private static func summary(of revision: SpecRevision, commit: String?) -> String {
        let count = revision.desired.instances.count
        let instances = count == 1 ? "1 instance" : "\(count) instances"
        let origin = commit.map { " of commit \($0.prefix(12))" } ?? ""
        return "specifications \(revision.digest.dropFirst("sha256:".count).prefix(12)) with \(instances)\(origin)"
    }

    /// A mistake is told once, and waits for changed specifications; those in force stay.
    private mutating func refuse(_ problem: String, _ digest: String) async -> LoopContext.Force? {
        guard toldProblem != problem + digest else { return force }
        toldProblem = problem + digest
        await context.status.update { $0.specProblem = problem }
        let isAlone = await source.lastGood() == nil && force == nil
        let rest =
            !isAlone
            ? "those before stay in force" : context.options.isOnce ? "nothing is done" : "waiting for correct ones"
        await context.tell(LoopEvent(.specsRefused, .error, "\(problem); \(rest)"))
        return force
    }

    private static func problem(_ collector: DiagnosticCollector) -> String {
        let errors = collector.sorted.filter { $0.severity == .error }
        let more = errors.count > 1 ? " (and \(errors.count - 1) more; see pgsteer plan)" : ""
        return (errors.first?.sentence ?? "") + more
    }
}
