/// What a provider sees of an instance from outside, without asking its server anything.
package struct InstanceObservation: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        /// Its creation was begun and did not end.
        case creating
        case running
        case stopped
        /// Its removal was begun and did not end.
        case destroying
        /// Something stands in the way that pgsteer must not touch; see the problem.
        case blocked
    }

    package var name: String
    package var state: State
    /// Why the instance is blocked, and what to do, in full sentences.
    package var problem: String?
    /// Whether the data that it was made with is no longer there, so that nothing is left to protect.
    package var hasLostData = false
    /// `pg-` and 8 letters or digits; empty while unknown.
    package var id: String
    /// PostgreSQL's major version.
    package var major: Int
    package var charset: String
    package var endpoint: ObservedEndpoint?
    package var nodes: [ObservedNode]
    package var record: OwnershipRecord

    package init(
        name: String,
        state: State,
        problem: String? = nil,
        id: String = "",
        major: Int = 0,
        charset: String = "",
        endpoint: ObservedEndpoint? = nil,
        nodes: [ObservedNode] = [],
        record: OwnershipRecord = OwnershipRecord()
    ) {
        self.name = name
        self.state = state
        self.problem = problem
        self.id = id
        self.major = major
        self.charset = charset
        self.endpoint = endpoint
        self.nodes = nodes
        self.record = record
    }
}

/// The address that clients use.
package struct ObservedEndpoint: Codable, Hashable, Sendable {
    package var address: String
    package var port: Int
    /// Whether the gateway serves it now.
    package var isOpen: Bool

    package init(address: String, port: Int, isOpen: Bool) {
        self.address = address
        self.port = port
        self.isOpen = isOpen
    }
}

/// One PostgreSQL server of an instance.
package struct ObservedNode: Codable, Hashable, Sendable {
    package enum Role: String, Codable, Sendable {
        case primary
        case standby
    }

    package var number: Int
    package var role: Role
    package var isRunning: Bool
    package var processID: Int?

    package init(number: Int, role: Role, isRunning: Bool, processID: Int?) {
        self.number = number
        self.role = role
        self.isRunning = isRunning
        self.processID = processID
    }
}
