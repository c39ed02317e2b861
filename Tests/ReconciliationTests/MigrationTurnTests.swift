import Reconciliation
import Resources
import Testing

/// Whose turn it is with a migration.
@Suite struct MigrationTurnTests {
    private func turn(
        _ state: MigrationState?,
        start: MigrationStart = .now,
        absent: [String] = [],
        suspended: [String] = []
    ) -> MigrationTurn {
        MigrationTurn.decide(
            start: start,
            state: state,
            ends: MigrationTurn.Ends(absent: absent, suspended: suspended),
            now: 1000
        )
    }

    @Test(arguments: [nil, .failed, .checkFailed, .fullCopy, .completing, .incrementalSync] as [MigrationState?])
    func `the loop begins one, and goes on with one that was interrupted`(state: MigrationState?) {
        #expect(turn(state) == .loop)
    }

    @Test(arguments: [.paused, .readyToComplete, .completed, .cancelled] as [MigrationState])
    func `one that waits for a word from a person is left to that person`(state: MigrationState) {
        #expect(turn(state) == .person)
        #expect(turn(state, absent: ["orders"]) == .person)
    }

    @Test func `one that completes by itself waits for its window, and nothing before that does`() {
        func turn(_ state: MigrationState, _ closed: String?) -> MigrationTurn {
            MigrationTurn.decide(
                start: .now,
                state: state,
                completes: true,
                closed: closed,
                ends: MigrationTurn.Ends(),
                now: 1000
            )
        }
        #expect(turn(.readyToComplete, "waits for its window") == .waits("waits for its window"))
        #expect(turn(.readyToComplete, nil) == .loop)
        #expect(turn(.fullCopy, "waits for its window") == .loop)
    }

    @Test func `one begins at its time, and what has begun goes on whatever the time is`() {
        #expect(turn(nil, start: .at(1001)) == .waits("begins at 1970-01-01T00:16:41Z"))
        #expect(turn(nil, start: .at(1000)) == .loop)
        #expect(turn(.fullCopy, start: .at(5000)) == .loop)
    }

    @Test func `one waits for instances that do not serve or are suspended`() {
        #expect(turn(nil, absent: ["orders"]) == .waits("begins when orders serves"))
        #expect(turn(.fullCopy, suspended: ["orders"]) == .waits("orders is suspended"))
    }
}
