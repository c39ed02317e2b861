import Diagnostics
import FleetModel
import Resources
import SpecLoading
import Testing

/// Whom the fleet names, and where their addresses are kept.
@Suite struct NotificationRuleTests {
    private func fleet(_ channels: String) -> LoadedText {
        LoadedText(
            "apiVersion: pgsteer/v1\nkind: Fleet\nmetadata: { name: a }\nspec: { notifications: [\(channels)] }\n"
        )
    }

    @Test func `a channel is told everything, or what it asks for`() throws {
        let loaded = fleet(
            "{ name: ops, webhook: { urlFrom: { env: A } } }, { name: chat, webhook: { urlFrom: { env: B } }, on: drift, format: slack }"
        )
        #expect(loaded.found == [])
        let channels = loaded.fleet.fleet.notifications
        #expect(channels.map(\.topics) == [Set(NotificationChannel.Topic.allCases), [.drift]])
        #expect(channels.map(\.format) == [.json, .slack])
    }

    @Test(arguments: [
        ("{ name: ops, webhook: 1️⃣{} }", "PGS-011"), ("{ 1️⃣name: ops }", "PGS-011"),
        ("{ name: ops, webhook: { 1️⃣url: https://a, urlFrom: { env: A } } }", "PGS-014"),
        ("{ name: ops, webhook: { urlFrom: { env: A } }, on: [1️⃣disaster] }", "PGS-013"),
        ("{ name: ops, webhook: { urlFrom: { env: A } }, format: 1️⃣xml }", "PGS-013"),
        ("{ name: 1️⃣\"a b\", webhook: { urlFrom: { env: A } } }", "PGS-013"),
        (
            "{ name: a, webhook: { urlFrom: { env: A } } }, { name: 1️⃣a, webhook: { urlFrom: { env: B } } }",
            "PGS-013"
        ),
    ])
    func `a channel that cannot be is told with its place`(channel: String, code: String) {
        #expect(fleet(channel).found == ["\(code) at 1"])
    }

    @Test(
        arguments: [
            ("https://hooks.example.org/Sesame", nil), ("http://127.0.0.1:8080/Sesame", nil), (nil, "PGS-022"),
            ("hooks.example.org/Sesame", "PGS-067"), ("https://", "PGS-067"),
            ("https://a/Sesame\"\nurl = b", "PGS-067"),
            ("file:///etc/passwd", "PGS-067"),
        ] as [(String?, String?)]
    )
    func `an address that cannot be used is a warning that does not show it`(address: String?, code: String?) {
        let loaded = fleet("{ name: ops, webhook: { urlFrom: 1️⃣{ env: HOOK } } }")
        var collector = DiagnosticCollector()
        let loading = SecretLoading(environment: address.map { ["HOOK": $0] } ?? [:])
        let found = loading.addresses(of: loaded.fleet.fleet.notifications, collector: &collector)
        #expect(found["ops"] == (code == nil ? address.map { Secret($0) } : nil))
        #expect(collector.diagnostics.map(\.code.id) == [code].compactMap(\.self))
        #expect(collector.diagnostics.allSatisfy { $0.severity == .warning && !$0.detail.contains("Sesame") })
    }
}
