/// How things stand with one instance, for people and monitors.
package struct Condition: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        /// It is as desired.
        case ready
        /// Something is being done, or will be tried again.
        case reconciling
        /// Nothing will be done before somebody changes something.
        case stalled
    }

    package var state: State
    /// One word for programs: `AsDesired`, `Differs`, `ActionFailed`, `BadSpecification`, `CannotBeUsed`, `Postponed`.
    package var reason: String
    /// Sentences for people.
    package var message: String

    package init(_ state: State, reason: String, message: String) {
        self.state = state
        self.reason = reason
        self.message = message
    }
}
