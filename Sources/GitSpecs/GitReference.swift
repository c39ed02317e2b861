/// What of a repository is followed: a branch, a tag, or one commit.
package struct GitReference: Hashable, Sendable {
    package let name: String
    /// Whether it is a whole commit id, which never moves.
    package var isCommit: Bool { GitObject.isWhole(name) }

    /// Nil for what git would not take as a name (man git-check-ref-format).
    package init?(_ name: String) {
        let isName =
            !name.isEmpty && name.utf8.count <= 250 && !name.hasPrefix("-") && !name.hasPrefix("/")
            && !name.hasSuffix("/") && !name.hasSuffix(".") && !name.contains("..") && !name.contains("//")
            && !name.contains("@{") && name != "@"
            && name.unicodeScalars.allSatisfy {
                $0.value > 32 && $0.value != 127 && !"~^:?*[\\".unicodeScalars.contains($0)
            }
            && name.split(separator: "/").allSatisfy { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
        guard isName else { return nil }
        self.name = name
    }

    /// Its whole names, the best first: a tag that is called like a branch does not take its place.
    var candidates: [String] {
        name.hasPrefix("refs/") ? [name] : ["refs/heads/\(name)", "refs/tags/\(name)"]
    }

    /// What `git ls-remote` is asked for.
    var patterns: [String] { candidates.flatMap { [$0, $0 + "^{}"] } }

    /// Finds it in what `git ls-remote` printed, as `ID<tab>NAME` in lines; nil when the repository has no such name.
    ///
    /// `id` is that of the commit, also where a tag has an object of its own.
    func found(in listing: String) -> (reference: String, id: String)? {
        var ids: [Substring: Substring] = [:]
        for line in listing.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2, GitObject.isWhole(parts[0]) { ids[parts[1]] = parts[0] }
        }
        for candidate in candidates {
            guard let id = ids[candidate[...]] else { continue }
            return (candidate, String(ids["\(candidate)^{}"] ?? id))
        }
        return nil
    }
}

/// Ids of git's objects.
package enum GitObject {
    /// Whether a text is a whole id: 40 digits of SHA-1, or 64 of SHA-256.
    package static func isWhole(_ text: some StringProtocol) -> Bool {
        [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// The beginning of an id, as it is shown.
    package static func shown(_ id: String) -> String { String(id.prefix(12)) }
}
