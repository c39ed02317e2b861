import Resources
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct MigrationStateTests {
    @Test func `every state can be reached from checking`() {
        var reached: Set<MigrationState> = [.checking]
        for _ in MigrationState.allCases {
            for arrow in MigrationTransition.all where reached.contains(arrow.from) { reached.insert(arrow.to) }
        }
        #expect(reached == Set(MigrationState.allCases))
    }

    @Test func `an event leads to one state only, and nothing leads out of an end`() {
        let pairs = MigrationTransition.all.map { "\($0.from) \($0.event)" }
        #expect(Set(pairs).count == pairs.count)
        #expect(MigrationTransition.all.allSatisfy { !$0.from.isFinal })
    }

    @Test func `a copy that fails is prepared again, and a cut-over is only asked for when it is ready`() {
        #expect(MigrationState.fullCopy.after(.failed) == .failed)
        #expect(MigrationState.failed.after(.started) == .preparing)
        #expect(MigrationState.incrementalSync.after(.completionAsked) == nil)
        #expect(MigrationState.readyToComplete.after(.completionAsked) == .completing)
        #expect(MigrationState.completing.after(.cancelled) == nil)
    }

    @Test func `writes on their way are ended or undone, and a way back is gone or given up`() {
        for state in MigrationState.allCases where state.isCrossing || state == .wayBackOpen {
            #expect(state.after(.failed) == nil && state.after(.cancelled) == nil && state.after(.paused) == nil)
        }
        #expect(MigrationState.wayBackOpen.after(.rollbackAsked) == .rollingBack)
        #expect(MigrationState.wayBackOpen.after(.finished) == .completed)
        #expect(MigrationState.rollingBack.after(.takenBack) == .wayBackOpen)
        #expect(MigrationState.readyToComplete.after(.rollbackAsked) == nil)
    }

    @Test func `docs show the arrows that there are`() throws {
        let page = try String(contentsOfFile: PostgresInstallations.root + "/docs/migrations.md", encoding: .utf8)
        #expect(
            page.contains(MigrationTransition.diagram),
            "docs/migrations.md has to show:\n\(MigrationTransition.diagram)"
        )
    }
}
