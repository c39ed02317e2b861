/// Whether a commit may come into force.
enum GitVerdict: Hashable, Sendable {
    case allowed
    /// It does not follow the one in force: the branch was replaced.
    case needsConsent

    /// - Parameters:
    ///   - inForce: The commit in force; nil while none has ever been.
    ///   - isDescendant: Whether the commit is the one in force or follows it.
    ///   - consent: The commit that somebody has accepted.
    ///   - isPinned: Whether the command line names this very commit, which is consent enough.
    static func of(_ commit: String, inForce: String?, isDescendant: Bool, consent: String?, isPinned: Bool)
        -> GitVerdict
    {
        if inForce == nil || isDescendant || isPinned || consent == commit { return .allowed }
        return .needsConsent
    }
}

/// A commit whose signature does not count, and why.
struct GitDistrust: Hashable, Sendable {
    var commit: String
    var problem: String

    /// What becomes of the newest commit: one whose own signature does not count comes into force by nobody's consent.
    func look(newest: String) -> GitLook {
        let shown = GitObject.shown(commit)
        if commit == newest {
            return .refused("the signature of commit \(shown) does not count: \(problem)", awaitsConsent: nil)
        }
        let end = GitObject.shown(newest)
        return .refused(
            "the signature of commit \(shown), which comes with \(end), does not count: \(problem); look at it, then: pgsteer accept \(end)",
            awaitsConsent: newest
        )
    }
}

/// What one look at the remote came to.
enum GitLook: Sendable {
    /// The newest commit may come into force.
    case allowed(String)
    /// It may not; in one sentence, and with its id where somebody may accept it.
    case refused(String, awaitsConsent: String?)
    /// The remote, or git, gave no answer.
    case failed(String)
}
