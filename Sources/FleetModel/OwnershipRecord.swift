/// What an instance remembers about itself: the facts a specification gave it and what pgsteer last applied to it.
///
/// It lives with the instance (in its folder, in a cloud's tags), never in a state file of the tool. A comparison is
/// three-way because of it: an attribute that was applied and is no longer desired is put back, one that somebody
/// else made is left alone.
package struct OwnershipRecord: Codable, Hashable, Sendable {
    package var project: String?
    package var tags: [String: String] = [:]
    package var size: [String: String] = [:]
    /// Nil for one server alone.
    package var availability: AvailabilityPolicy?
    /// Nil for what is usual.
    package var logs: LogPolicy?
    /// The token whose restart has been done; see ``restartBegun``.
    package var restartToken: String?
    /// A restart that a token asked for and that may not have been done yet.
    package var restartBegun: BegunRestart?
    /// How it is backed up; nil when it is not.
    package var backup: BackupFacts?
    /// What its data was made from, as the specification said; nil for one that began empty.
    package var origin: String?
    /// The maintenance windows that it had when it was declared last; nil for none.
    package var maintenance: [String]?
    package var deletionProtection = true
    package var deletionPolicy = DeletionPolicy.retain
    /// The parameters that were last applied, by name.
    package var parameters: [String: AppliedParameter] = [:]
    /// The resources inside the instance that were last applied, by name (`Account/orders/app`, `Grant/orders/shop`).
    package var objects: [String: AppliedObject] = [:]
    /// What a specification wanted removed and was seen to be gone, by name; nil for nothing.
    package var absent: [String]?

    package init() {}
}

/// A restart that was begun because a token asked for it, written down before its first step.
///
/// Whoever finds one sees by the server's start whether it was done, so that a token asks for one restart and not for two
/// when a run is killed.
package struct BegunRestart: Codable, Hashable, Sendable {
    package var token: String
    /// When the server had been started that was to be restarted, as the server says.
    package var serverStarted: String

    package init(token: String, serverStarted: String) {
        self.token = token
        self.serverStarted = serverStarted
    }
}

/// Whether a resource that is no longer declared may be removed by `--prune`.
package enum DeletionPolicy: String, Codable, Sendable, CaseIterable {
    case retain
    case delete
}

/// A parameter's value as it was written, and what the server made of it.
///
/// PostgreSQL spells some texts in its own way (`iso` becomes `ISO, MDY`) and raises some numbers to the least that
/// makes sense (`autovacuum_work_mem`). Having seen both, a later comparison knows that nothing differs.
package struct AppliedParameter: Codable, Hashable, Sendable {
    package var written: String
    package var became: String
    /// What gave the value and at which line, for people: `template oltp, specs/fleet.yaml:12:5`.
    package var origin: String?

    package init(written: String, became: String, origin: String? = nil) {
        self.written = written
        self.became = became
        self.origin = origin
    }
}

/// What pgsteer last applied to one object of a server.
package struct AppliedObject: Codable, Hashable, Sendable {
    package var deletionPolicy: DeletionPolicy
    /// Lists that only grow by what the specification says, and shrink by what it no longer says: memberships, grants.
    package var lists: [String: [String]]
    /// How the object is to be removed when no document declares it any more.
    package var removal: RemovalPolicy?
    /// Whether what an account has passed on goes with its own privileges; nil for false.
    package var revokesPassedOn: Bool?
    /// Digests of what was declared, by attribute; they tell drift from a specification that has changed since.
    package var declarations: [String: String]?
    /// A digest of what the server stores for a password; it tells whose the change of a password is.
    package var verifier: String?

    package init(deletionPolicy: DeletionPolicy, lists: [String: [String]] = [:], removal: RemovalPolicy? = nil) {
        self.deletionPolicy = deletionPolicy
        self.lists = lists
        self.removal = removal
    }
}

/// What becomes of an account's belongings and sessions when it is removed.
package struct RemovalPolicy: Codable, Hashable, Sendable {
    /// Who gets what it owns.
    package var reassignTo: String?
    /// Whether what it owns is dropped.
    package var dropOwned: Bool
    /// Whether its sessions are ended; else it is not removed while it has any.
    package var terminateSessions: Bool
    /// Whom documents make members, by role: they stay so when it was the account that had made them. Not remembered.
    package var keptMembers: [Name: Set<Name>] = [:]
    /// Whether the session that removes may do everything. Not remembered.
    package var isSuperuser = true

    private enum CodingKeys: String, CodingKey {
        case reassignTo, dropOwned, terminateSessions
    }

    package init(reassignTo: String? = nil, dropOwned: Bool = false, terminateSessions: Bool = false) {
        self.reassignTo = reassignTo
        self.dropOwned = dropOwned
        self.terminateSessions = terminateSessions
    }
}
