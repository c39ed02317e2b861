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
        var reading = await source.read()
        let digest = reading.digest
        // The same text means the same; only the secrets that it refers to may be others.
        var desired =
            force.flatMap { $0.revision.digest == digest ? $0.revision.desired : nil }
            ?? SpecLoader.load(reading.texts, collector: &reading.collector)
        context.host.loadSecrets(into: &reading, &desired)
        if desired.instances.isEmpty, !reading.collector.hasErrors {
            return await refuse("the specifications declare no instance; nothing is done", digest)
        }
        if reading.collector.hasErrors { return await refuse(Self.problem(reading.collector), digest) }
        await clearProblem()
        if let force, force.revision.digest == digest, force.revision.desired.secrets == desired.secrets {
            return force
        }
        let revision = SpecRevision(desired: desired, digest: digest, commit: reading.commit)
        let isChange = force != nil
        force = LoopContext.Force(revision: revision, fleet: await context.host.fleet(for: desired))
        hasMoved = isChange
        await tellForce(revision, isChange: isChange)
        return force
    }

    private func tellForce(_ revision: SpecRevision, isChange: Bool) async {
        await context.status.declare(revision.desired.migrations.values.sorted { $0.name.value < $1.name.value })
        let (digest, commit) = (revision.digest, revision.commit)
        await context.status.update { state in
            state.specDigest = digest
            state.commit = commit
        }
        let count = revision.desired.instances.count
        let what =
            "specifications \(digest.dropFirst("sha256:".count).prefix(12)) with \(count == 1 ? "1 instance" : "\(count) instances")"
        await context.tell(LoopEvent(.specsChanged, isChange ? "changed \(what) in force" : "\(what) in force"))
    }

    /// A mistake is told once, and waits for changed specifications; those in force stay.
    private mutating func refuse(_ problem: String, _ digest: String) async -> LoopContext.Force? {
        guard toldProblem != problem + digest else { return force }
        toldProblem = problem + digest
        await context.status.update { $0.specProblem = problem }
        let rest = force == nil ? "waiting for correct ones" : "those before stay in force"
        await context.tell(LoopEvent(.specsRefused, .error, "\(problem); \(rest)"))
        return force
    }

    private mutating func clearProblem() async {
        guard toldProblem != nil else { return }
        toldProblem = nil
        await context.status.update { $0.specProblem = nil }
    }

    private static func problem(_ collector: DiagnosticCollector) -> String {
        let errors = collector.sorted.filter { $0.severity == .error }
        let more = errors.count > 1 ? " (and \(errors.count - 1) more; see pgsteer validate)" : ""
        return (errors.first?.sentence ?? "") + more
    }
}
