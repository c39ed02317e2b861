import Diagnostics
import FleetModel
import Planning
import SpecLoading
import Testing

/// What a plan may do to those who use an instance, and when.
@Suite struct PolicyImpactTests {
    private func found(_ demand: String, closed: String?, isCreation: Bool = false, reason: Change.Reason = .differs)
        -> [Diagnostic]
    {
        let text = """
            apiVersion: pgsteer/v1
            kind: Fleet
            metadata: { name: shop }
            spec: { policy: [{ name: night, match: { tags: { env: prod } }, require: { \(demand) } }] }
            ---
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: orders, tags: { env: prod } }
            spec: { version: 15, maintenance: { windows: ["Sun 02:00-04:00 UTC"] } }
            """
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
        #expect(!collector.hasErrors, "\(collector.diagnostics)")
        let change = Change(
            .instance("orders"),
            isCreation ? .create : .update,
            because: reason,
            differences: [Difference("parameters.max_connections", observed: "1", desired: "2", impact: .restart)]
        )
        return PolicyImpact.diagnostics(
            Plan(changes: [change], actions: [], digest: ""),
            fleet,
            closedWindow: { _ in closed }
        )
    }

    @Test func `outside of its windows an instance is disturbed no more than the rule says`() throws {
        let closed = "its window Sun 02:00-04:00 UTC opens at 2026-11-29T02:00:00Z"
        let diagnostic = try #require(found("impactOutsideWindow: reload", closed: closed).first)
        #expect(diagnostic.code.id == "PGS-063" && diagnostic.severity == .error)
        #expect(diagnostic.detail.contains("means restart, and at most reload is allowed now: \(closed)"))
        #expect(diagnostic.notes.first?.range.line == 4)
        #expect(found("impactOutsideWindow: reload", closed: nil) == [])
        #expect(found("impactOutsideWindow: restart", closed: closed) == [])
    }

    @Test func `what is made or brought back waits for no window`() {
        #expect(found("impactOutsideWindow: none", closed: "closed", isCreation: true) == [])
        #expect(found("impactOutsideWindow: none", closed: "closed", reason: .stopped) == [])
    }

    @Test func `a rule without a window holds at any time`() {
        #expect(found("impact: reload", closed: nil).map(\.code.id) == ["PGS-063"])
    }
}
