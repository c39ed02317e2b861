package import FleetModel

/// A privilege that pgsteer has given, as an instance remembers it.
struct GrantTrace: Hashable {
    var place: ObservedGrants.Place
    var privilege: Privilege

    init(place: ObservedGrants.Place, privilege: Privilege) {
        self.place = place
        self.privilege = privilege
    }

    /// Reads the form of ``text``.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Name(escaped: Substring($0)).text }
        guard parts.count == 6, let kind = GrantTarget.Kind(rawValue: parts[1]),
            let privilege = Privilege(rawValue: parts[5])
        else { return nil }
        let target = GrantTarget(kind, schema: parts[2], name: parts[3], detail: parts[4])
        self.init(place: ObservedGrants.Place(target: target, grantee: parts[0]), privilege: privilege)
    }

    /// `app/table/public/orders//SELECT`; see ``Name/escaped``.
    var text: String {
        let target = place.target
        let parts = [place.grantee, target.kind.rawValue, target.schema, target.name, target.detail]
        return (parts.map { Name($0).escaped } + [privilege.rawValue]).joined(separator: "/")
    }
}

extension Grant {
    /// Returns the privileges that an instance remembers as given by pgsteer, where a difference is.
    ///
    /// - Parameter attribute: Of the difference: `app: table web.orders`, `app: 7 tables in web`.
    package static func given(_ attribute: String, in applied: AppliedObject) -> Set<String> {
        let traces = (applied.lists["grants"] ?? []).compactMap(GrantTrace.init)
        let found = traces.filter { trace in
            if trace.place.description.isSameName(as: attribute) { return true }
            let group = GrantDifferences.group(trace.place.target.kind, in: trace.place.target.schema)
            let start = "\(trace.place.grantee): "
            guard attribute.hasPrefix(start) else { return false }
            let objects = attribute.dropFirst(start.count)
            return objects.first?.isNumber ?? false && objects.drop { $0.isNumber }.dropFirst() == group
        }
        return Set(found.map(\.privilege.rawValue))
    }
}
