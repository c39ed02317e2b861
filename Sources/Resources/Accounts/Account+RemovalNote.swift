package import FleetModel

/// What a plan says of the removal of an account.
extension Account {
    package static func removalNote(_ observed: ObservedAccount, policy: RemovalPolicy) -> String? {
        var parts = fates(of: observed, policy)
        let privileged = observed.privileged.joined(separator: ", ")
        if !privileged.isEmpty { parts.append("its privileges in \(privileged) are revoked") }
        let defaults = observed.belongings.filter { $0.relation == "o" && $0.catalogue == "pg_default_acl" }
        if !defaults.isEmpty {
            let places = Set(defaults.map { Name($0.database) }).sorted().map(\.text).joined(separator: ", ")
            parts.append("default privileges for what it makes in \(places) are dropped")
        }
        if observed.members.count > 0 {
            parts.append("who has been a member of it is none any more: \(observed.members.words)")
        }
        let passedOn =
            [observed.passedOnMemberships(policy)].filter { $0.count > 0 }.map { "membership in \($0.words)" }
            + observed.footprints.filter { $0.passedOn.count > 0 }.map { "in \($0.database) \($0.passedOn.words)" }
        if !passedOn.isEmpty {
            parts.append("what it has passed on is revoked with it: \(passedOn.joined(separator: "; "))")
        }
        let bound = observed.footprints.filter { $0.bound.count > 0 }.map { "in \($0.database) \($0.bound.words)" }
        if !bound.isEmpty { parts.append("what is for it alone goes with it: \(bound.joined(separator: "; "))") }
        if policy.terminateSessions { parts.append("its sessions are ended") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// What becomes of what it owns; `DROP OWNED` drops neither databases nor tablespaces.
    private static func fates(of observed: ObservedAccount, _ policy: RemovalPolicy) -> [String] {
        let keeps = "keeps it from being removed"
        if let heir = policy.reassignTo { return [fate("goes to \(heir)", of: observed)].compactMap(\.self) }
        guard policy.dropOwned else { return [fate(keeps, of: observed)].compactMap(\.self) }
        var (inside, outside) = (observed, observed)
        inside.belongings.removeAll { $0.database.isEmpty }
        outside.belongings.removeAll { !$0.database.isEmpty }
        outside.footprints = []
        return [fate("is dropped", of: inside), fate(keeps, of: outside)].compactMap(\.self)
    }

    private static func fate(_ fate: String, of observed: ObservedAccount) -> String? {
        let owned = observed.owned.joined(separator: ", ")
        if owned.isEmpty { return nil }
        let named = observed.footprints.filter { $0.owned.count > 0 }.map { "in \($0.database) \($0.owned.words)" }
        return "it owns \(owned), which \(fate)\(named.isEmpty ? "" : ": \(named.joined(separator: "; "))")"
    }
}

extension ObservedAccount {
    /// What it owns and where, in words: `database shop`, `3 tables, views or sequences in shop`.
    package var owned: [String] {
        belongings.filter { $0.relation == "o" && !Self.ownOnly.contains($0.catalogue) }
            .compactMap { part in
                if part.catalogue == "pg_database" {
                    let noun = ownedDatabases.count == 1 ? "database" : "databases"
                    return ownedDatabases.isEmpty ? nil : "\(noun) \(ownedDatabases.joined(separator: ", "))"
                }
                let thing = Self.words[part.catalogue].map { part.count == 1 ? $0.one : $0.many } ?? part.catalogue
                return "\(part.count) \(thing)\(part.database.isEmpty ? "" : " in \(part.database)")"
            }
    }

    /// What belongs to the role alone and cannot be given to another one: default privileges for what it makes, and its
    /// user mappings. They go with it.
    private static let ownOnly: Set<String> = ["pg_default_acl", "pg_user_mapping"]

    /// The memberships that it alone has given.
    private var passedOnAlone: [SharedMembership] {
        let others = sharedMemberships.filter { !$0.isGivenByIt }
        return sharedMemberships.filter { membership in
            membership.isGivenByIt
                && !others.contains {
                    $0.role.isSameName(as: membership.role) && $0.member.isSameName(as: membership.member)
                }
        }
    }

    /// Who loses a membership with it: `readers of bob`.
    fileprivate func passedOnMemberships(_ policy: RemovalPolicy) -> Footprint.Things {
        let kept = Set(keptMemberships(policy))
        var things = Footprint.Things()
        for membership in passedOnAlone where !kept.contains(membership) {
            things.add("\(membership.role) of \(membership.member)")
        }
        return things
    }

    /// Where it has privileges, in words.
    package var privileged: [String] {
        let places = belongings.filter { $0.relation == "a" }
        return Set(places.map { $0.database.isEmpty ? "the server" : $0.database }).sorted()
    }

    private static let words: [String: (one: String, many: String)] = [
        "pg_class": ("table, view or sequence", "tables, views or sequences"), "pg_proc": ("routine", "routines"),
        "pg_namespace": ("schema", "schemas"), "pg_type": ("type", "types"),
        "pg_extension": ("extension", "extensions"), "pg_largeobject": ("large object", "large objects"),
        "pg_foreign_server": ("foreign server", "foreign servers"),
        "pg_foreign_data_wrapper": ("foreign-data wrapper", "foreign-data wrappers"),
        "pg_operator": ("operator", "operators"), "pg_opclass": ("operator class", "operator classes"),
        "pg_opfamily": ("operator family", "operator families"), "pg_collation": ("collation", "collations"),
        "pg_conversion": ("conversion", "conversions"), "pg_language": ("language", "languages"),
        "pg_statistic_ext": ("set of extended statistics", "sets of extended statistics"),
        "pg_ts_dict": ("text search dictionary", "text search dictionaries"),
        "pg_ts_config": ("text search configuration", "text search configurations"),
        "pg_event_trigger": ("event trigger", "event triggers"), "pg_tablespace": ("tablespace", "tablespaces"),
        "pg_subscription": ("subscription", "subscriptions"), "pg_publication": ("publication", "publications"),
    ]
}
