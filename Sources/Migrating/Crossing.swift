import PostgresClient

/// Writes going from one end to the other: from the source to the target at the cut-over, the other way at a rollback.
struct Crossing: Sendable {
    enum Direction: Sendable {
        /// From the source to the target.
        case forth
        /// From the target to the source.
        case back
    }

    let direction: Direction
    /// A session with the end that the writes leave.
    let origin: PostgresConnection
    /// A session with the end that they go to, which follows the other until then.
    let receiver: PostgresConnection

    init(_ direction: Direction, source: PostgresConnection, target: PostgresConnection) {
        self.direction = direction
        (origin, receiver) = direction == .forth ? (source, target) : (target, source)
    }

    var source: PostgresConnection { direction == .forth ? origin : receiver }
    var target: PostgresConnection { direction == .forth ? receiver : origin }
}

extension Crossing.Direction {
    /// What the end that writes leave was before, and how it went.
    var record: WritableKeyPath<MigrationTask, CutoverRecord?> { self == .forth ? \.cutover : \.rollback }
    var isBack: Bool { self == .back }
    /// As people say it.
    var noun: String { self == .forth ? "cut-over" : "rollback" }
    var originNoun: String { self == .forth ? "source" : "target" }
    var receiverNoun: String { self == .forth ? "target" : "source" }
}
