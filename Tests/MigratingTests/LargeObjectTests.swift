import Testing

@testable import Migrating

/// Which large objects are copied, removed and left alone.
@Suite struct LargeObjectTests {
    @Test func `what the receiving end has by itself stays, and what was brought follows its origin`() {
        let work = LargeObjectWork(
            wanted: [1: "a", 2: "b", 3: "c", 4: "d"],
            there: [1: "a", 2: "old", 5: "gone at its origin", 9: "own"],
            brought: [1, 2, 5, 6]
        )
        #expect(work.changed == [2, 3, 4])
        #expect(work.gone == [5])
        #expect(work.unrecorded == [3, 4])
        #expect(work.conflicts == [] && !work.isNothing)
    }

    @Test func `an object of the receiving end that has the number of another one is not overwritten`() {
        let work = LargeObjectWork(wanted: [1: "a", 2: "b"], there: [1: "other", 2: "b"], brought: [])
        #expect(work.conflicts == [1])
        #expect(work.unrecorded == [1, 2])
    }

    @Test func `nothing is done when nothing was changed`() {
        #expect(LargeObjectWork(wanted: [1: "a"], there: [1: "a", 9: "own"], brought: [1]).isNothing)
    }
}
