import Testing

/// Every fault of `Tests/Fixtures/faults.txt` ends as it says there.
///
/// One after the other: where a scenario lets commits wait, its clients would keep many threads busy.
@Suite(.serialized) struct FaultTests {
    @Test(arguments: try FaultScenario.all())
    func `a fault ends as its scenario says`(scenario: FaultScenario) async throws {
        // Not everybody who runs the tests may mount disks.
        if scenario.needsDisks, await !SmallDisks.areAllowed { return }
        try await DualHome.with(FaultStage.specification(scenario.givens)) { dual in
            let stage = try await FaultStage(dual, scenario)
            defer { stage.close() }
            if scenario.givens.contains("clients write") {
                try await dual.writing("\(scenario.number)") { try await stage.perform(scenario.steps) }
            } else {
                try await stage.perform(scenario.steps)
            }
        }
    }

    @Test func `scenarios are numbered one after the other, and each says what must come of it`() throws {
        let scenarios = try FaultScenario.all()
        #expect(scenarios.map(\.number) == Array(1...scenarios.count))
        for scenario in scenarios {
            #expect(Set(scenario.steps.map(\.word)) == [.given, .when, .then], "\(scenario.number)")
        }
    }
}
