import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What there is to tell of a repository that is followed: each trouble once, and its end.
struct GitNews {
    private static let unreachable = "unreachable"
    private var toldProblem: String?

    /// Returns what one look at the remote is news of.
    ///
    /// - Parameters:
    ///   - replaced: The commit before the newest one, where the branch does not lead to it any more.
    ///   - record: With what the look found out.
    ///   - unreachableBefore: Since when the remote did not answer before the look.
    mutating func events(
        of look: GitLook,
        replaced: String?,
        _ record: GitRecord,
        unreachableBefore: Date?,
        _ options: GitOptions
    ) -> [LoopEvent] {
        let (address, name) = (options.address.shown, options.reference.name)
        let stays = record.inForce.map { "commit \(GitObject.shown($0)) stays in force" } ?? "nothing is in force yet"
        var events: [LoopEvent] = []
        if let unreachableBefore, record.unreachableSince == nil, toldProblem != nil {
            let since = unreachableBefore.formatted(.iso8601)
            events.append(LoopEvent(.gitReached, "\(address) is reached again, after \(since)"))
        }
        let before = toldProblem
        switch look {
        case .allowed(let commit):
            let shown = GitObject.shown(commit)
            toldProblem = nil
            if let before, before != Self.unreachable {
                events.append(LoopEvent(.gitReached, "\(name) of \(address) may be followed again, to commit \(shown)"))
            }
            if let replaced {
                // What was in force is still a part of it, so nobody has to accept it.
                let sentence =
                    "\(name) of \(address) was replaced: commit \(shown) does not follow \(GitObject.shown(replaced)), which never came into force"
                events.append(LoopEvent(.gitReplaced, .warning, sentence))
            }
        case .refused(let problem, _):
            toldProblem = problem
            if before != problem { events.append(LoopEvent(.gitRefused, .error, "\(problem); \(stays)")) }
        case .failed(let reason):
            toldProblem = Self.unreachable
            // A reason that changes is no other trouble.
            guard before != Self.unreachable else { break }
            let since = (record.unreachableSince ?? .now).formatted(.iso8601)
            let sentence = "\(address) cannot be reached since \(since): \(reason); \(stays)"
            events.append(LoopEvent(.gitUnreachable, .warning, sentence))
        }
        return events
    }
}
