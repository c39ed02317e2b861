import Diagnostics
import FleetModel
import SpecSchema
import Synchronization
import Testing

@testable import Reconciliation
@testable import Resources

/// Instances are looked at side by side, each by itself.
@Suite struct ReconcileLoopTests {
    private static func fleet(_ names: String...) -> DesiredFleet {
        let instances = names.map { name in
            (
                name,
                Instance(
                    name: name,
                    range: .nowhere,
                    version: Located(15, at: .nowhere),
                    charset: Located(.utf8, at: .nowhere),
                    availability: Located(AvailabilityPolicy(), at: .nowhere),
                    deletionProtection: Located(true, at: .nowhere),
                    ignoredDrift: [],
                    deletionPolicy: Located(.retain, at: .nowhere),
                    parameters: []
                )
            )
        }
        return DesiredFleet(fleet: Fleet(), instances: Dictionary(uniqueKeysWithValues: instances), objects: [])
    }

    private static let good = PassResult(
        condition: Condition(.ready, reason: "AsDesired", message: ""),
        placement: nil,
        hasFailed: false
    )

    @Test func `an instance that hangs delays no other, and one that is woken is looked at again`() async {
        let looks = Mutex<[String: Int]>([:])
        let gate = AsyncStream<Void>.makeStream()
        let loop = ReconcileLoop(interval: .seconds(3600), parallelism: 2) { name, _ in
            looks.withLock { $0[name, default: 0] += 1 }
            if name == "stuck" { for await _ in gate.stream {} }
            return Self.good
        } report: { _, _ in
        }
        let running = Task { await loop.run() }
        await loop.follow(Self.fleet("stuck", "a", "b", "c"), isChanged: false)
        while looks.withLock({ $0["c"] ?? 0 }) < 1 { await Task.yield() }
        await loop.wake("a")
        while looks.withLock({ $0["a"] ?? 0 }) < 2 { await Task.yield() }
        // A fleet that is only read again wakes nobody; a changed one wakes all but the one that is gone.
        await loop.follow(Self.fleet("stuck", "a"), isChanged: true)
        while looks.withLock({ $0["a"] ?? 0 }) < 3 { await Task.yield() }
        #expect(looks.withLock { $0["b"] } == 1)
        #expect(looks.withLock { $0["stuck"] } == 1)
        await loop.stop()
        gate.continuation.finish()
        await running.value
    }
}
