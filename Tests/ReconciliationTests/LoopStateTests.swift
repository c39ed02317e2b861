import FleetModel
import Providers
import Reconciliation
import SideEffects
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a loop tells of itself: events in their order, and a state that others read in a file.
@Suite struct LoopStateTests {
    private let state = LoopState(process: 1, started: .now, interval: 30, isObserveOnly: false)

    @Test func `an event that comes late stands at its time`() async {
        let status = LoopStatus(state)
        func event(_ second: Double, _ message: String) -> LoopEvent {
            var event = LoopEvent(.actionDone, message)
            event.time = Date(timeIntervalSince1970: second)
            return event
        }
        for (second, message) in [(2, "b"), (4, "d"), (3, "c"), (1, "a"), (4, "e")] {
            await status.add(event(Double(second), message))
        }
        #expect(await status.events.map(\.message) == ["a", "b", "c", "d", "e"])
    }

    @Test func `what only differs in times and processes has the same gist, and its first line says enough`() {
        func failure(_ time: String, _ process: Int) -> LoopEvent {
            LoopEvent(.actionFailed, .error, instance: "a", "restart a: it fails\n  \(time) [\(process)] FATAL:  why")
        }
        #expect(failure("10:00:00", 12).gist == failure("10:00:09", 345).gist)
        #expect(failure("10:00:00", 12).gist != LoopEvent(.actionFailed, "restart a: it fails").gist)
        #expect(failure("10:00:00", 12).shortened.message == "restart a: it fails (as before)")
    }

    @Test func `a state that cannot be written is told once, and once when it can be again`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/pgsteer-state-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = LocalHome(path).loop
        let file = StatusFile(folder: folder, effects: SideEffectCounter())
        let problem = try #require(file.write(state))
        #expect(problem.kind == .memoryFailed && problem.level == .warning)
        #expect(problem.message.contains("status.json") && problem.message.contains("shows what was before"))
        #expect(file.write(state) == nil)
        try folder.make(SideEffectCounter())
        #expect(file.write(state)?.level == .info)
        #expect(file.write(state) == nil)
    }

    @Test func `a loop that follows another one knows since when things are so`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/pgsteer-state-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = LocalHome(path).loop
        try folder.make(SideEffectCounter())
        let file = StatusFile(folder: folder, effects: SideEffectCounter())
        #expect(file.conditions.isEmpty)
        var state = state
        var instance = InstanceState(name: "orders")
        let early = Date(timeIntervalSince1970: 1000)
        instance.conditions = [Condition(.ready, .succeeded, "it is as desired", since: early)]
        state["orders"] = instance
        #expect(file.write(state) == nil)
        #expect(file.conditions["orders"]?.map(\.since) == [early])
    }
}
