import Dispatch
import Synchronization

extension DiagnosticCollector {
    /// Works on things side by side, on every core.
    ///
    /// Returns the results in the order of the things; diagnostics are collected in that order, too, as if the things had
    /// been worked on one after the other.
    ///
    /// - Parameter size: How many things are worked on in one go. Fewer of them are not worth a second thread.
    package mutating func sideBySide<Item: Sendable, Result: Sendable>(
        _ items: [Item],
        size: Int,
        _ work: @Sendable (Item, inout DiagnosticCollector) -> Result
    ) -> [Result] {
        let starts = Array(stride(from: 0, to: items.count, by: size))
        let parts = performSideBySide(starts.count) { index, collector in
            items[starts[index]..<min(starts[index] + size, items.count)].map { work($0, &collector) }
        }
        return parts.flatMap(\.self)
    }

    private mutating func performSideBySide<Result: Sendable>(
        _ count: Int,
        _ work: @Sendable (Int, inout DiagnosticCollector) -> Result
    ) -> [Result] {
        let parts = Mutex([(result: Result, collector: DiagnosticCollector)?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            var collector = DiagnosticCollector()
            let result = work(index, &collector)
            let part = (result, collector)
            parts.withLock { $0[index] = part }
        }
        return parts.withLock(\.self).compactMap(\.self)
            .map { part in
                emit(contentsOf: part.collector.diagnostics)
                return part.result
            }
    }
}
