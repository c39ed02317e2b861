/// What a provider sees of an instance from outside, without asking its server anything.
package struct InstanceObservation: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        /// Its creation was begun and did not end.
        case creating
        case running
        /// Its primary does not run.
        case stopped
        /// Its primary runs and does not answer.
        case unresponsive
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
    /// Nil while there is none.
    package var publicEndpoint: ObservedEndpoint?
    /// The file of the primary's configuration that is gone, seen from its data folder; nil when they are there.
    package var missingFile: String?
    /// Nil for a server whose TLS is others' to set up.
    package var tls: ObservedTLS?
    package var nodes: [ObservedNode]
    package var groups: [ObservedReadOnlyGroup] = []
    /// Why it cannot be destroyed, such as the endpoint of another instance that leads to it; nil when it can.
    package var removalObstacle: String?
    /// What makes the instance serve again; nil when it serves, or when nothing can be done about it.
    package var recovery: Recovery?
    /// How its servers archive their log; nil for a provider that archives none.
    package var archive: ArchiveCommands?
    /// The migration that fills it from another instance; nothing else changes it meanwhile.
    package var filledBy: String?
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
        recovery: Recovery? = nil,
        archive: ArchiveCommands? = nil,
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
        self.recovery = recovery
        self.archive = archive
        self.record = record
    }

    /// The socket of the primary, where its file is gone.
    package var missingSocket: String? { primary?.missingSocket }
    package var primary: ObservedNode? { nodes.first { $0.role == .primary } }
    package var standby: ObservedNode? { nodes.first { $0.role == .standby } }
    package func replicas(of group: String) -> [ObservedNode] { nodes.filter { $0.group == group } }
}

/// What makes an instance serve again whose primary does not, or whose switchover was interrupted.
package enum Recovery: Codable, Hashable, Sendable {
    /// The primary is started where it is.
    case start
    /// The primary is shut out for good, and the standby takes over.
    case failOver(to: Int)
    /// The standby has taken over already; the endpoint follows it.
    case finishHandover(to: Int)
    /// A switchover was begun and the standby has not taken over; the primary stays.
    case undoHandover(to: Int)

    /// Whether another node is the primary afterwards.
    package var isTakeover: Bool {
        switch self {
        case .failOver, .finishHandover: true
        case .start, .undoHandover: false
        }
    }
}

/// The address that clients use.
package struct ObservedEndpoint: Codable, Hashable, Sendable {
    package var address: String
    package var port: Int
    /// Whether the gateway serves it now.
    package var isOpen: Bool
    /// Who may use it, as the gateway was told; nil where everybody may who reaches the address.
    package var access: AccessList?
    /// What is not as the gateway was told, such as rules that somebody changed by hand; nil when all is.
    package var problem: String?
    /// The instance whose primary answers there since a migration moved it; nil for the endpoint's own.
    package var leadsTo: String?

    package init(
        address: String,
        port: Int,
        isOpen: Bool,
        access: AccessList? = nil,
        problem: String? = nil,
        leadsTo: String? = nil
    ) {
        self.leadsTo = leadsTo
        self.address = address
        self.port = port
        self.isOpen = isOpen
        self.access = access
        self.problem = problem
    }

    /// `127.0.0.1:15400`, `[::1]:15400`.
    package var shown: String {
        address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}

/// One PostgreSQL server of an instance.
package struct ObservedNode: Codable, Hashable, Sendable {
    package enum Role: String, Codable, Sendable {
        case primary
        case standby
        /// Serves reading clients in a read-only group; never takes over.
        case replica
    }

    package var number: Int
    package var role: Role
    package var isRunning: Bool
    package var processID: Int?
    /// What is wrong with its data; nil when it can be used.
    package var problem: String?
    package var zone: String?
    /// The read-only group of a replica.
    package var group: String?
    /// How a standby or a replica follows its primary, as the primary says; nil when it does not, and for a primary.
    package var following: ObservedFollowing?
    /// The file of its socket, where that is gone while it runs, so that nobody can ask it.
    package var missingSocket: String?
    /// Parameters of a running standby or replica that wait for its restart.
    package var waitingParameters: [String] = []

    package init(
        number: Int,
        role: Role,
        isRunning: Bool,
        processID: Int?,
        problem: String? = nil,
        zone: String? = nil,
        group: String? = nil
    ) {
        self.number = number
        self.role = role
        self.isRunning = isRunning
        self.processID = processID
        self.problem = problem
        self.zone = zone
        self.group = group
    }
}

extension ObservedNode {
    /// What a node of an instance calls itself where it follows the primary: its replication slot and its session.
    package static func followerName(ofNode number: Int) -> String { followerPrefix + String(number) }
    package static let followerPrefix = "pgsteer_node_"
}

/// A read-only group as the provider knows it; its replicas are among the instance's nodes.
package struct ObservedReadOnlyGroup: Codable, Hashable, Sendable {
    package var name: String
    package var policy: ReadOnlyGroupPolicy
    package var endpoint: ObservedEndpoint
    /// The numbers of the replicas that get sessions.
    package var inService: [Int]
    /// The numbers of the replicas that should, by how far they are behind; nil while that is unknown.
    package var entitled: [Int]?

    package init(name: String, policy: ReadOnlyGroupPolicy, endpoint: ObservedEndpoint, inService: [Int]) {
        self.name = name
        self.policy = policy
        self.endpoint = endpoint
        self.inService = inService
    }
}

/// How a standby or a replica follows its primary (PostgreSQL manual, `pg_stat_replication`).
package struct ObservedFollowing: Codable, Hashable, Sendable {
    /// `streaming` or `catchup`.
    package var state: String
    /// Whether commits wait for it.
    package var isSynchronous: Bool
    /// Bytes of the primary's write-ahead log that it has not replayed; nil while that is unknown.
    package var lagBytes: Int?

    package init(state: String, isSynchronous: Bool, lagBytes: Int?) {
        self.state = state
        self.isSynchronous = isSynchronous
        self.lagBytes = lagBytes
    }
}
