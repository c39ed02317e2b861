/// Finds the name that somebody who mistyped a name most likely meant.
package enum NearestName {
    /// Returns the candidate that needs the fewest edits, or nil when none is near enough to be a fair guess.
    ///
    /// An edit inserts, drops or replaces a letter, or swaps two neighbours. Letter case, `-` and `_` are not
    /// told apart. A third of the word's length may differ, at least one edit. What is longer than any name is no
    /// mistyped one. Where nothing is near, it may be the beginning, of three letters or more, of one candidate alone.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        if name.utf8.count > longest { return nil }
        let wanted = folded(name)
        let limit = max(1, wanted.count / 3)
        var best: (name: String, edits: Int)?
        var completions: [String] = []
        for candidate in candidates where candidate.utf8.count <= longest {
            let offered = folded(candidate)
            if wanted.count >= 3, completions.count < 2, offered.starts(with: wanted) { completions.append(candidate) }
            guard abs(offered.count - wanted.count) <= limit else { continue }
            let edits = distance(wanted, offered)
            guard edits <= limit else { continue }
            if best.map({ (edits, candidate) < ($0.edits, $0.name) }) ?? true { best = (candidate, edits) }
        }
        return best?.name ?? (completions.count == 1 ? completions.first : nil)
    }

    /// Bytes.
    private static let longest = 256

    private static func folded(_ name: String) -> [Character] {
        name.lowercased().map { $0 == "-" ? "_" : $0 }
    }

    /// The optimal string alignment distance: Levenshtein's with swaps of neighbours.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var line = [row]
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var edits = min(previous[column] + 1, line[column - 1] + 1, previous[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    edits = min(edits, beforePrevious[column - 2] + 1)
                }
                line.append(edits)
            }
            (beforePrevious, previous) = (previous, line)
        }
        return previous[right.count]
    }
}

extension DiagnosticCollector {
    /// Returns `did you mean "x"?`, or nil when nothing is near.
    ///
    /// Nobody reads thousands of guesses, and each looks at all candidates: after so many mistakes, or so many candidates
    /// in all, there are no more.
    package mutating func question(_ name: String, among candidates: some Collection<String>) -> String? {
        guard errorCount < Self.mostGuesses, mayLook(at: candidates.count) else { return nil }
        return NearestName.question(name, among: candidates)
    }

    /// Returns a question as above, else what there is: `there are a, b, c`; nil when there is nothing.
    package mutating func suggestion(_ name: String, among candidates: some Collection<String>) -> String? {
        guard !candidates.isEmpty, errorCount < Self.mostGuesses, mayLook(at: candidates.count) else { return nil }
        return NearestName.question(name, among: candidates)
            ?? "there are \(candidates.sorted().prefix(10).joined(separator: ", "))"
    }

    private mutating func mayLook(at count: Int) -> Bool {
        guard candidatesSeen < Self.mostCandidates else { return false }
        candidatesSeen += count
        return true
    }

    private static let mostGuesses = 1000
    private static let mostCandidates = 200_000
}

extension NearestName {
    /// Returns `did you mean "x"?`, or nil when nothing is near.
    package static func question(_ name: String, among candidates: some Sequence<String>) -> String? {
        of(name, among: candidates).map { "did you mean \"\($0)\"?" }
    }
}
