/// Finds the name that somebody who mistyped a name most likely meant.
package enum NearestName {
    /// Returns the candidate that needs the fewest edits, or nil when none is near enough to be a fair guess.
    ///
    /// An edit inserts, drops or replaces a letter, or swaps two neighbours. Letter case, `-` and `_` are not
    /// told apart. A third of the word's length may differ, at least one edit.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = folded(name)
        let limit = max(1, wanted.count / 3)
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let offered = folded(candidate)
            guard abs(offered.count - wanted.count) <= limit else { continue }
            let edits = distance(wanted, offered)
            guard edits <= limit else { continue }
            if best.map({ (edits, candidate) < ($0.edits, $0.name) }) ?? true { best = (candidate, edits) }
        }
        return best?.name
    }

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

extension NearestName {
    /// Returns `did you mean "x"?`, or nil when nothing is near.
    package static func question(_ name: String, among candidates: some Sequence<String>) -> String? {
        of(name, among: candidates).map { "did you mean \"\($0)\"?" }
    }
}
