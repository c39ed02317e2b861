import Diagnostics
import Testing

@Suite struct SideBySideTests {
    @Test(arguments: [(0, 4), (1, 4), (4, 4), (1000, 1), (1000, 7), (1000, 5000)])
    func `results and diagnostics are in the order of what is worked on`(count: Int, size: Int) {
        var collector = DiagnosticCollector()
        let results = collector.sideBySide(Array(0..<count), size: size) { number, collector in
            if number.isMultiple(of: 3) {
                collector.emit(
                    Diagnostic(
                        DiagnosticCode("PGS-999", "Test title"),
                        "\(number)",
                        at: nil,
                        severity: number.isMultiple(of: 2) ? .error : .warning
                    )
                )
            }
            return number * 2
        }
        #expect(results == (0..<count).map { $0 * 2 })
        #expect(collector.diagnostics.map(\.detail) == stride(from: 0, to: count, by: 3).map(String.init))
        #expect(collector.errorCount == Array(stride(from: 0, to: count, by: 6)).count)
    }
}
