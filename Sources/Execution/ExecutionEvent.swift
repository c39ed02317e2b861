package import FleetModel

/// Something that happens while a plan is performed; recorders show and keep it.
package enum ExecutionEvent: Sendable {
    case started(Action)
    case ended(Receipt.Entry)
    /// What an action is about to close.
    case closes(Plan.Disruption)
    /// Parameters that a server has taken over, with their values before and after in base units.
    case parametersChanged(instance: String, [ParameterChange])
}

/// A parameter's value before and after an action.
package struct ParameterChange: Hashable, Sendable {
    package var name: String
    package var before: String?
    package var after: String?
    /// Whether somebody else had set it before, and the action only brought it into force.
    package var isByOthers: Bool

    package init(name: String, before: String?, after: String?, isByOthers: Bool = false) {
        self.name = name
        self.before = before
        self.after = after
        self.isByOthers = isByOthers
    }
}

/// Receives events in the order they happen.
package protocol ExecutionRecorder: Sendable {
    func record(_ event: ExecutionEvent) async
}
