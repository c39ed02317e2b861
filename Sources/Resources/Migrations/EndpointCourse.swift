import SpecSchema

/// What decides, besides the document, whether the endpoint of a migration's source goes along with the writes.
package struct EndpointFacts: Hashable, Sendable {
    /// As clients write them: `127.0.0.1:15400`.
    package var addresses: [String]
    /// Databases of the source's instance, other than the one that is moved, that have tables and take sessions.
    package var otherDatabases: [String]
    /// Why clients would not get in at the target's instance; nil when they would.
    package var obstacle: String?
    /// Read-only groups of the source's instance: their endpoints stay.
    package var groups: [String]

    package init(
        addresses: [String] = [],
        otherDatabases: [String] = [],
        obstacle: String? = nil,
        groups: [String] = []
    ) {
        self.addresses = addresses
        self.otherDatabases = otherDatabases
        self.obstacle = obstacle
        self.groups = groups
    }
}

/// What becomes of the endpoint of a migration's source at the cut-over.
package enum EndpointCourse: Hashable, Sendable {
    /// It leads to the target from then on.
    case moves
    /// It stays with the source, and why.
    case stays(String)

    package var reason: String? { if case .stays(let reason) = self { reason } else { nil } }
}

extension Migration {
    /// Why the endpoint of the source cannot go along, as far as the document tells; nil when it may.
    package var endpointObstacle: String? {
        if type.value != .fullAndIncremental { return "type \(type.value.rawValue) lets no writes go over" }
        if isPhysical { return nil }
        guard case .instance(let from, let database) = source.value, case .instance(let to, let other) = target.value
        else { return "source and target are not both instances of the fleet" }
        if from == to { return "source and target are on the same instance" }
        if !objects.isEverything { return "only a part of the database is moved" }
        if database != other { return "clients ask for \(database), and the target's database is called \(other)" }
        return nil
    }

    /// Decides what becomes of the endpoint of the source.
    ///
    /// An address is of a whole instance: the gateway passes bytes on and does not know which database a session wants. So it
    /// goes along only when nothing else is behind it, which is so when all of the instance is moved.
    ///
    /// - Parameter facts: Nil when source and target are not both kept by this home.
    package func endpointCourse(_ facts: EndpointFacts?) -> EndpointCourse {
        if cutover.endpoint == .keep { return .stays("cutover.endpoint is keep") }
        if let endpointObstacle { return .stays(endpointObstacle) }
        guard let facts else { return .stays("source and target are not both instances of this home") }
        if !facts.otherDatabases.isEmpty {
            let names = facts.otherDatabases.sorted()
            let shown =
                names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
            let verbs = names.count == 1 ? "has tables and stays" : "have tables and stay"
            return .stays("\(shown) of the same instance \(verbs)")
        }
        if let obstacle = facts.obstacle { return .stays(obstacle) }
        return .moves
    }
}
