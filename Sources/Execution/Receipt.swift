package import FleetModel

/// What became of every action of a run.
package struct Receipt: Codable, Sendable {
    package enum Status: String, Codable, Sendable {
        case performed
        /// It had been done already when its turn came.
        case alreadyDone
        case failed
        /// A prerequisite failed, or the run was interrupted; the message says which.
        case skipped
    }

    package struct Entry: Codable, Sendable {
        package var action: Action
        package var status: Status
        /// Why it failed or was skipped.
        package var message: String?
        /// Whether it failed and everything is as before, so that only something else to do helps; nil where it is not.
        package var isTakenBack: Bool?
        package var seconds: Double

        package init(action: Action, status: Status, message: String?, seconds: Double) {
            self.action = action
            self.status = status
            self.message = message
            self.seconds = seconds
        }
    }

    package private(set) var formatVersion = "1.0"
    package var run: String
    package var isInterrupted: Bool
    /// In the order of the plan.
    package var entries: [Entry]

    package init(run: String, isInterrupted: Bool, entries: [Entry]) {
        self.run = run
        self.isInterrupted = isInterrupted
        self.entries = entries
    }

    package func count(_ status: Status) -> Int { entries.count { $0.status == status } }

    package var isSuccess: Bool { count(.failed) == 0 && count(.skipped) == 0 }
}
