import FleetModel
import Testing

@testable import Providers

/// Which node serves, decided from what is found of both.
@Suite struct RecoveryTests {
    private static func primary(data: Bool = true, running: Bool = false, shutDown: Bool = false) -> NodeFacts {
        NodeFacts(number: 1, hasData: data, isRunning: running, isStandby: false, wasShutDown: shutDown)
    }

    private static func standby(data: Bool = true, running: Bool = true, promoted: Bool = false) -> NodeFacts {
        NodeFacts(number: 2, hasData: data, isRunning: running, isStandby: !promoted, wasShutDown: false)
    }

    private static let switchover = Handover(cause: .switchover, from: 1, to: 2)
    private static let failover = Handover(cause: .failover, from: 1, to: 2)

    @Test func `one server alone is started when it does not run, and has nothing to do when it does`() {
        #expect(Recovery.decide(primary: Self.primary(), standby: nil, handover: nil) == .start)
        #expect(Recovery.decide(primary: Self.primary(running: true), standby: nil, handover: nil) == nil)
        #expect(Recovery.decide(primary: Self.primary(data: false), standby: nil, handover: nil) == nil)
    }

    @Test func `a standby that runs takes over from a primary that died, hangs or lost its data`() {
        #expect(Recovery.decide(primary: Self.primary(), standby: Self.standby(), handover: nil) == .failOver(to: 2))
        #expect(
            Recovery.decide(primary: Self.primary(data: false), standby: Self.standby(running: false), handover: nil)
                == .failOver(to: 2)
        )
        #expect(
            Recovery.decide(
                primary: Self.primary(running: true),
                standby: Self.standby(),
                handover: nil,
                isPrimaryHung: true
            ) == .failOver(to: 2)
        )
    }

    @Test func `a primary is started again where that is enough`() {
        #expect(
            Recovery.decide(primary: Self.primary(shutDown: true), standby: Self.standby(), handover: nil) == .start
        )
        #expect(
            Recovery.decide(primary: Self.primary(), standby: Self.standby(running: false), handover: nil) == .start
        )
        #expect(Recovery.decide(primary: Self.primary(), standby: Self.standby(data: false), handover: nil) == .start)
    }

    @Test func `a primary whose socket is gone is restarted, and its standby does not take over`() {
        var deaf = Self.primary(running: true)
        deaf.isDeaf = true
        for isHung in [true, false] {
            #expect(
                Recovery.decide(primary: deaf, standby: Self.standby(), handover: nil, isPrimaryHung: isHung) == .start
            )
        }
        #expect(Recovery.decide(primary: deaf, standby: nil, handover: nil) == .start)
    }

    @Test func `what has taken over keeps what it took, whatever else is found`() {
        for handover in [Self.switchover, Self.failover] {
            for primary in [Self.primary(running: true), Self.primary(shutDown: true), Self.primary(data: false)] {
                for running in [true, false] {
                    let standby = Self.standby(running: running, promoted: true)
                    #expect(
                        Recovery.decide(primary: primary, standby: standby, handover: handover)
                            == .finishHandover(to: 2)
                    )
                }
            }
        }
    }

    @Test func `a failover goes on, a switchover that has not happened is undone`() {
        #expect(
            Recovery.decide(primary: Self.primary(), standby: Self.standby(), handover: Self.failover)
                == .failOver(to: 2)
        )
        for primary in [Self.primary(running: true), Self.primary(shutDown: true), Self.primary()] {
            #expect(
                Recovery.decide(primary: primary, standby: Self.standby(), handover: Self.switchover)
                    == .undoHandover(to: 2)
            )
        }
        #expect(
            Recovery.decide(primary: Self.primary(), standby: Self.standby(data: false), handover: Self.failover)
                == .undoHandover(to: 2)
        )
    }

    @Test func `a node that is no standby never takes over by itself`() {
        let other = Self.standby(promoted: true)
        #expect(Recovery.decide(primary: Self.primary(), standby: other, handover: nil) == .start)
        #expect(Recovery.decide(primary: Self.primary(data: false), standby: other, handover: nil) == nil)
    }
}

/// The cheapest way to let a node follow, until one works.
@Suite struct StandbyStepTests {
    /// Takes steps until nothing is left to do, on a node whose start, rewind and copy work or not.
    private func steps(
        hasData: Bool = true,
        isRunning: Bool = false,
        isStandby: Bool = true,
        hasSlot: Bool = true,
        waits: Bool = false,
        startsAfter: StandbyStep? = nil,
        followsAfter: StandbyStep
    ) -> [StandbyStep] {
        var facts = StandbyFacts(
            hasUsableData: hasData,
            isRunning: isRunning,
            isStandby: isStandby,
            isFollowing: false,
            hasSlot: hasSlot,
            waitsForRestart: waits
        )
        var tried: Set<StandbyStep> = []
        var steps: [StandbyStep] = []
        var canFollow = false
        var canStart = startsAfter == nil
        while steps.count < 20 {
            let step = StandbyStep.next(facts, tried: tried)
            steps.append(step)
            if step == .done { return steps }
            switch step {
            case .start:
                if canStart { (facts.isRunning, facts.isStandby, facts.waitsForRestart) = (true, true, false) }
            case .stop: (facts.isRunning, facts.isFollowing) = (false, false)
            case .copy: facts.hasUsableData = true
            case .await, .rewind, .done: break
            }
            if step == startsAfter { canStart = true }
            if step == followsAfter { canFollow = true }
            facts.isFollowing = canFollow && facts.isRunning
            tried = step.added(to: tried)
        }
        return steps
    }

    @Test func `no data is a copy, and a node that only stands still is started`() {
        #expect(steps(hasData: false, followsAfter: .start) == [.copy, .start, .done])
        #expect(steps(followsAfter: .start) == [.start, .done])
        #expect(steps(isRunning: true, followsAfter: .await) == [.await, .done])
    }

    @Test func `a follower whose socket is gone is not waited for`() {
        var facts = StandbyFacts(
            hasUsableData: true,
            isRunning: true,
            isStandby: true,
            isFollowing: false,
            hasSlot: true,
            waitsForRestart: false
        )
        #expect(StandbyStep.next(facts, tried: []) == .await)
        facts.isDeaf = true
        #expect(StandbyStep.next(facts, tried: []) == .stop)
        facts.isRunning = false
        #expect(StandbyStep.next(facts, tried: [.stop]) == .start)
    }

    @Test func `what does not follow is rewound, and copied when that does not help`() {
        #expect(steps(followsAfter: .rewind) == [.start, .await, .stop, .rewind, .start, .done])
        #expect(
            steps(followsAfter: .copy) == [
                .start, .await, .stop, .rewind, .start, .await, .stop, .copy, .start, .done,
            ]
        )
        // A primary that kept nothing for the node has nothing to rewind it with.
        #expect(steps(hasSlot: false, followsAfter: .copy) == [.start, .await, .stop, .copy, .start, .done])
    }

    @Test func `what does not start is not started for ever, but made anew`() {
        #expect(steps(startsAfter: .rewind, followsAfter: .rewind) == [.start, .rewind, .start, .done])
        #expect(
            steps(startsAfter: .copy, followsAfter: .copy) == [.start, .rewind, .start, .copy, .start, .done]
        )
    }

    @Test func `a node that runs as a primary of its own, or with old parameters, is stopped first`() {
        #expect(steps(isRunning: true, isStandby: false, followsAfter: .start) == [.stop, .start, .done])
        #expect(steps(isRunning: true, waits: true, followsAfter: .start) == [.stop, .start, .done])
        #expect(steps(hasData: false, isRunning: true, followsAfter: .start) == [.stop, .copy, .start, .done])
    }
}

@Suite struct ControlDataTests {
    private let text = """
        pg_control version number:            1300
        Database cluster state:               shut down
        Latest checkpoint location:           1/3000060
        max_connections setting:              150
        max_worker_processes setting:         8
        max_wal_senders setting:              10
        max_prepared_xacts setting:           0
        max_locks_per_xact setting:           64
        """

    @Test func `the state, the end of the log and what a standby needs are read`() throws {
        let control = try #require(ControlData(text))
        #expect(control.isShutDown)
        #expect(control.checkpoint.bytes == 0x1_0300_0060)
        #expect(control.floors["max_connections"] == 150)
        #expect(control.floors.count == 5)
        #expect(ControlData("pg_controldata: error: could not open file") == nil)
    }

    @Test(arguments: ["", "1", "1/", "x/1", "1/1/1", "100000000/0"])
    func `what is no place in the log is none`(text: String) { #expect(LogPosition(text) == nil) }

    @Test func `a standby gets what its primary still had, and no more`() {
        let floors = ["max_connections": 150, "max_worker_processes": 8]
        let lower = ServerConfiguration.parameterFile(["max_connections": "50"])
        #expect(StandbyFloors.file(floors: floors, parameterFile: lower)?.contains("max_connections = 150\n") == true)
        #expect(StandbyFloors.file(floors: floors, parameterFile: lower)?.contains("max_worker") == false)
        let higher = ServerConfiguration.parameterFile(["max_connections": "200"])
        #expect(StandbyFloors.file(floors: floors, parameterFile: higher) == nil)
        // Not mentioned is PostgreSQL's own default.
        #expect(StandbyFloors.file(floors: floors, parameterFile: "")?.contains("max_connections = 150\n") == true)
    }
}
