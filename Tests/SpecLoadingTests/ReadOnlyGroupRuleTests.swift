import FleetModel
import Resources
import SpecSchema
import Testing

/// What a ReadOnlyGroup document may say.
@Suite struct ReadOnlyGroupRuleTests {
    private func group(_ spec: String) -> String {
        """
        ---
        apiVersion: pgsteer/v1
        kind: ReadOnlyGroup
        metadata: { name: reports }
        spec: \(spec)

        """
    }

    @Test func `weights give the number of replicas, and what is left out has a default`() throws {
        let loaded = LoadedText(
            instance("") + group("{ instance: orders, weights: [2, 1], maxReplayLag: { time: 5m } }")
        )
        #expect(loaded.found == [])
        let policy = try #require(loaded.fleet.readOnlyGroups.first).policy.value
        #expect(policy == ReadOnlyGroupPolicy(weights: [2, 1], maxLagSeconds: 300, keepAtLeast: 1))
    }

    @Test(
        arguments: [
            ("{ instance: 1️⃣order }", "PGS-021"),
            ("{ instance: orders, replicas: 2, weights: 1️⃣[1, 2, 3] }", "PGS-013"),
            ("{ instance: orders, replicas: 2, keepAtLeast: 1️⃣3 }", "PGS-013"),
            ("{ instance: orders, replicas: 1️⃣0 }", "PGS-013"),
            ("{ instance: orders, maxReplayLag: { time: 1️⃣30 } }", "PGS-013"),
        ]
    )
    func `a mistake is told where it stands`(spec: String, code: String) {
        #expect(LoadedText(instance("") + group(spec)).found == ["\(code) at 1"])
    }

    @Test func `a part of the fleet for one instance has its groups, and no others'`() {
        let other = group("{ instance: billing }").replacing("name: reports", with: "name: others")
        let loaded = LoadedText(
            instance("") + "---\n" + instance("", name: "billing") + group("{ instance: orders }") + other
        )
        #expect(loaded.found == [])
        #expect(loaded.fleet.only("orders").readOnlyGroups.map(\.name) == ["reports"])
    }

    @Test func `a server that exists without pgsteer has no group`() {
        let text = instance("connection: { uri: \"postgresql://a@127.0.0.1/a\" }")
        #expect(LoadedText(text + group("{ instance: 1️⃣orders }")).found == ["PGS-013 at 1"])
    }

    @Test func `parameters that leave no place for the replicas are told`() {
        let text = instance("parameters: { max_replication_slots: 1️⃣2 }")
        #expect(LoadedText(text + group("{ instance: orders, replicas: 3 }")).found == ["PGS-031 at 1"])
        #expect(LoadedText(text + group("{ instance: orders, replicas: 2 }")).found == [])
    }

    @Test func `two groups of one name are told`() {
        let found = LoadedText(instance("") + group("{ instance: orders }") + group("{ instance: orders }")).found
        #expect(found == ["PGS-020 at 0"])
    }
}
