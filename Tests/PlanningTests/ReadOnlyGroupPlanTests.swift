import FleetModel
import Testing

/// Who serves in a read-only group, by how far each replica is behind.
@Suite struct ReadOnlyGroupPolicyTests {
    private let policy = ReadOnlyGroupPolicy(weights: [1, 1, 1], maxLagSeconds: 30, maxLagBytes: 1000, keepAtLeast: 1)

    private func lag(_ node: Int, _ bytes: Int?, _ seconds: Double? = 0) -> ReplicaLag {
        ReplicaLag(node: node, bytes: bytes, seconds: seconds)
    }

    @Test func `who is within both limits serves`() {
        #expect(policy.inService([lag(3, 0), lag(4, 1000, 30), lag(5, 1001)]) == [3, 4])
        #expect(policy.inService([lag(3, 0), lag(4, 10, 30.5)]) == [3])
    }

    @Test func `the nearest stay while too few others serve`() {
        #expect(policy.inService([lag(3, 5000), lag(4, 2000), lag(5, nil)]) == [4])
        var two = policy
        two.keepAtLeast = 2
        #expect(two.inService([lag(3, 5000), lag(4, 2000), lag(5, 10)]) == [4, 5])
        #expect(two.inService([lag(3, 10), lag(4, 10), lag(5, 5000)]) == [3, 4])
    }

    @Test func `who does not follow serves only when nobody else is left, and never with a minimum of none`() {
        #expect(policy.inService([lag(3, nil), lag(4, nil)]) == [3])
        var none = policy
        none.keepAtLeast = 0
        #expect(none.inService([lag(3, nil), lag(4, 5000)]) == [])
    }

    @Test func `without limits everybody who follows serves`() {
        let open = ReadOnlyGroupPolicy(weights: [1, 1], keepAtLeast: 1)
        #expect(open.inService([lag(3, .max, 1e9), lag(4, nil)]) == [3])
    }
}
