/// Where a migration is; the words of the product document where it has one.
package enum MigrationState: String, Codable, Sendable, CaseIterable {
    case checking
    case checkFailed = "check failed"
    case checkPassed = "check passed"
    case preparing
    case structure
    case fullCopy = "full copy"
    case incrementalSync = "incremental sync"
    case readyToComplete = "ready to complete"
    case completing
    /// Writes go to the target, and the source follows it.
    case wayBackOpen = "way back open"
    case rollingBack = "rolling back"
    case rolledBack = "rolled back"
    case completed
    case paused
    case cancelled
    case failed

    /// Whether nothing more happens by itself or by `start`.
    package var isFinal: Bool { self == .completed || self == .cancelled || self == .rolledBack }

    /// Whether writes are on their way from one end to the other: to be ended or undone before anything else.
    package var isCrossing: Bool { self == .completing || self == .rollingBack }

    /// Whether there is something to do that needs no word from a person: one that is paused, has ended, or is ready to
    /// complete waits for one.
    package var goesOnByItself: Bool {
        switch self {
        case .completed, .cancelled, .paused, .readyToComplete, .wayBackOpen, .rolledBack: false
        case .checking, .checkFailed, .checkPassed, .preparing, .structure, .fullCopy, .incrementalSync, .completing,
            .rollingBack, .failed:
            true
        }
    }

    /// Whether the target follows the source by itself, also while no pgsteer runs.
    package var isFollowing: Bool { self == .incrementalSync || self == .readyToComplete }
}

/// What moves a migration from one state to another.
package enum MigrationEvent: String, Sendable, CaseIterable {
    case checksFailed = "checks failed"
    case checksPassed = "checks passed"
    case started
    case prepared
    case structureMade = "structure made"
    /// There is no structure to be made apart: the files have it.
    case filesPrepared = "files prepared"
    case copied
    case finished
    case caughtUp = "caught up"
    case fellBehind = "fell behind"
    case completionAsked = "completion asked"
    case cutOver = "cut over"
    case cutOverWithWayBack = "cut over with a way back"
    case rollbackAsked = "rollback asked"
    case rolledBack = "rolled back"
    case takenBack = "taken back"
    case paused
    case failed
    case cancelled
}

/// One arrow of the state machine.
package struct MigrationTransition: Hashable, Sendable {
    package var from: MigrationState
    package var event: MigrationEvent
    package var to: MigrationState

    package init(_ from: MigrationState, _ event: MigrationEvent, _ to: MigrationState) {
        self.from = from
        self.event = event
        self.to = to
    }

    /// Every arrow there is; docs/migrations.md shows them, and a test compares.
    ///
    /// What was paused or failed is prepared again: what has been done is read from the target, so that no state has to
    /// be returned to.
    package static let all: [MigrationTransition] =
        [
            MigrationTransition(.checking, .checksFailed, .checkFailed),
            MigrationTransition(.checking, .checksPassed, .checkPassed),
            MigrationTransition(.checkFailed, .started, .checking),
            MigrationTransition(.checkPassed, .started, .preparing),
            MigrationTransition(.preparing, .prepared, .structure),
            MigrationTransition(.preparing, .filesPrepared, .fullCopy),
            MigrationTransition(.structure, .structureMade, .fullCopy),
            MigrationTransition(.structure, .finished, .completed),
            MigrationTransition(.fullCopy, .copied, .incrementalSync),
            MigrationTransition(.fullCopy, .finished, .completed),
            MigrationTransition(.incrementalSync, .caughtUp, .readyToComplete),
            MigrationTransition(.readyToComplete, .fellBehind, .incrementalSync),
            MigrationTransition(.readyToComplete, .completionAsked, .completing),
            MigrationTransition(.completing, .cutOver, .completed),
            MigrationTransition(.completing, .cutOverWithWayBack, .wayBackOpen),
            MigrationTransition(.completing, .takenBack, .incrementalSync),
            MigrationTransition(.wayBackOpen, .rollbackAsked, .rollingBack),
            MigrationTransition(.wayBackOpen, .finished, .completed),
            MigrationTransition(.rollingBack, .rolledBack, .rolledBack),
            MigrationTransition(.rollingBack, .takenBack, .wayBackOpen),
            MigrationTransition(.paused, .started, .preparing),
            MigrationTransition(.failed, .started, .preparing),
        ]
        + [.preparing, .structure, .fullCopy, .incrementalSync, .readyToComplete]
        .map { MigrationTransition($0, .paused, .paused) }
        // One that crosses never fails: what it has begun has to be ended or undone.
        + [.checking, .preparing, .structure, .fullCopy, .incrementalSync, .readyToComplete]
        .map { MigrationTransition($0, .failed, .failed) }
        + MigrationState.allCases.filter { !$0.isFinal && !$0.isCrossing && $0 != .wayBackOpen }
        .map { MigrationTransition($0, .cancelled, .cancelled) }

    /// The arrows as docs/migrations.md draws them.
    package static var diagram: String {
        func node(_ state: MigrationState) -> String { state.rawValue.replacing(" ", with: "_") }
        let lines = all.map { "    \(node($0.from)) --> \(node($0.to)): \($0.event.rawValue)" }
        return (["stateDiagram-v2", "    [*] --> checking"] + lines).joined(separator: "\n")
    }
}

extension MigrationState {
    /// Where an event leads; nil when it cannot happen here.
    package func after(_ event: MigrationEvent) -> MigrationState? {
        MigrationTransition.all.first { $0.from == self && $0.event == event }?.to
    }
}
