import Diagnostics
import FleetModel

extension Grant {
    /// What default privileges have given to objects that were made under them, where these default privileges go now.
    ///
    /// Nothing tells it from what the creator gave by itself, so it is taken under `exact` only.
    func leftBehind(
        _ resolved: ResolvedGrants,
        on observed: ObservedGrants,
        _ context: ObjectContext
    ) -> [Diagnostic] {
        let traces = Set((context.applied?.lists["grants"] ?? []).compactMap(GrantTrace.init))
        let ended = traces.filter { trace in
            trace.place.target.kind.isFuture && mode(of: trace.place.grantee) == .tracked
                && !isLeaving(trace.place.grantee, context)
                && resolved.wishes[trace.place]?[trace.privilege] == nil
                && (observed.entries[trace.place] ?? []).contains { $0.privilege == trace.privilege }
        }
        if ended.isEmpty { return [] }
        let left = observed.entries.values.joined()
            .filter { entry in
                let place = ObservedGrants.Place(target: entry.target, grantee: entry.grantee)
                return resolved.wishes[place]?[entry.privilege] == nil
                    && !traces.contains(GrantTrace(place: place, privilege: entry.privilege))
                    && entry.origins(observed).contains(where: ended.contains)
            }
        let groups = Dictionary(grouping: left) {
            Group(grantee: $0.grantee, kind: $0.target.kind, schema: $0.target.schema)
        }
        return groups.sorted { $0.key < $1.key }.map { diagnostic($0.key, $0.value) }
    }

    private struct Group: Hashable, Comparable {
        @Name var grantee: String
        var kind: GrantTarget.Kind
        @Name var schema: String

        static func < (left: Group, right: Group) -> Bool {
            (left._grantee, left.kind.rawValue, left._schema) < (right._grantee, right.kind.rawValue, right._schema)
        }
    }

    private func diagnostic(_ group: Group, _ entries: [ObservedGrants.Entry]) -> Diagnostic {
        let targets = Set(entries.map(\.target)).sorted().map(\.description)
        let more = targets.count > 3 ? " and \(targets.count - 3) more" : ""
        let privileges = Set(entries.map(\.privilege)).sorted().map(\.rawValue).joined(separator: ", ")
        return Diagnostic(
            .leftPrivilege,
            "\(privileges) on \(targets.prefix(3).joined(separator: ", "))\(more) in \(name) of \(instance) stays with \(group.grantee): default privileges gave it that go now, and nothing tells it from what the owner gave.",
            at: holders[Name(group.grantee)]?.range,
            severity: .warning,
            help: "to take it away, write grantMode: exact at \(group.grantee), or revoke it by hand"
        )
    }
}

extension ObservedGrants.Entry {
    /// The default privileges that it may come from: those of its owner, for its schema and for all; none where somebody
    /// else gave it.
    fileprivate func origins(_ observed: ObservedGrants) -> [GrantTrace] {
        guard let future = target.kind.future, let owner = observed.owners[target], grantor.isSameName(as: owner) else {
            return []
        }
        return Set([Name(""), Name(target.schema)])
            .map { schema in
                let origin = GrantTarget(future, schema: schema.text, name: owner)
                return GrantTrace(place: ObservedGrants.Place(target: origin, grantee: grantee), privilege: privilege)
            }
    }
}
