/// Two texts and what differs, as `diff -u` prints it, so that `patch` and people can read it.
enum UnifiedDiff {
    private enum Line {
        case kept(Substring)
        case removed(Substring)
        case added(Substring)

        var text: String {
            switch self {
            case .kept(let text): " \(text)"
            case .removed(let text): "-\(text)"
            case .added(let text): "+\(text)"
            }
        }

        var isKept: Bool { if case .kept = self { true } else { false } }
    }

    /// Lines that are shown around what differs.
    private static let context = 3

    /// Returns the difference, empty when there is none. Both texts are seen as lines; a missing last line break is not
    /// told.
    static func text(from old: String, to new: String, path: String) -> String {
        let lines = lines(from: Self.split(old), to: Self.split(new))
        let hunks = hunks(of: lines)
        if hunks.isEmpty { return "" }
        var result = "--- \(path)\n+++ \(path)\n"
        for hunk in hunks {
            // Line numbers count from 1; a side without lines is numbered with the line before it.
            let before = lines[..<hunk.lowerBound]
            let (left, right) = (counts(of: before), counts(of: lines[hunk]))
            let start = (left.old + (right.old == 0 ? 0 : 1), left.new + (right.new == 0 ? 0 : 1))
            result += "@@ -\(start.0),\(right.old) +\(start.1),\(right.new) @@\n"
            result += lines[hunk].map { $0.text + "\n" }.joined()
        }
        return result
    }

    private static func counts(of lines: ArraySlice<Line>) -> (old: Int, new: Int) {
        lines.reduce(into: (0, 0)) { counts, line in
            if case .added = line {} else { counts.0 += 1 }
            if case .removed = line {} else { counts.1 += 1 }
        }
    }

    /// Without what stands behind the last line break.
    private static func split(_ text: String) -> [Substring] {
        // Of a Windows line break only the second half ends the line.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init)
        return lines.last?.isEmpty == true ? Array(lines.dropLast()) : lines
    }

    private static func lines(from old: [Substring], to new: [Substring]) -> [Line] {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map { offset($0) })
        let added = Set(difference.insertions.map { offset($0) })
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(.removed(old[left]))
                left += 1
            } else if right < new.count, added.contains(right) {
                lines.append(.added(new[right]))
                right += 1
            } else {
                lines.append(.kept(old[left]))
                left += 1
                right += 1
            }
        }
        return lines
    }

    private static func offset(_ change: CollectionDifference<Substring>.Change) -> Int {
        switch change {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }

    /// The stretches of lines that have changes, with their context; those that touch are one.
    private static func hunks(of lines: [Line]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for index in lines.indices where !lines[index].isKept {
            let range = max(0, index - context)..<min(lines.count, index + context + 1)
            if let last = hunks.last, range.lowerBound <= last.upperBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }
}
