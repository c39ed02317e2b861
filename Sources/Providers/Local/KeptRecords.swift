import Synchronization

/// Records of instances as they were read last: every look at one instance reads those of all, for the gateway's sake, and
/// what a file says does not change as long as its text is the same.
final class KeptRecords: Sendable {
    private let kept = Mutex<[String: (text: String, record: LocalRecord)]>([:])

    /// Reads the record of a file's text; nil when it is none.
    ///
    /// - Parameter path: Of the file, so that each has one at most.
    func record(_ text: String, at path: String) -> LocalRecord? {
        if let known = kept.withLock({ $0[path] }), known.text == text { return known.record }
        let record = LocalRecord(text)
        kept.withLock { $0[path] = record.map { (text, $0) } }
        return record
    }

    /// Forgets a file that is gone.
    func forget(_ path: String) { kept.withLock { $0[path] = nil } }
}
