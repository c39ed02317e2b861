import Resources

/// Every check there is, in the order in which they are told: one for each name.
package enum CheckCatalogue {
    package static let checks: [MigrationCheck] = {
        let all =
            EndChecks.all + AccountChecks.all + RoleChecks.all + ReplicationChecks.all + TransactionChecks.all
            + WayBackChecks.all + EndpointChecks.all + TableChecks.all + ColumnChecks.all + DefinitionChecks.all
            + CodeChecks.all + DatabaseChecks.all + ServerChecks.all + PhysicalChecks.all
        let byName = Dictionary(all.map { ($0.id, $0) }) { _, second in
            preconditionFailure("two checks are called \(second.id.rawValue)")
        }
        return MigrationCheckID.allCases.map { id in
            guard let check = byName[id] else { preconditionFailure("no check is called \(id.rawValue)") }
            return check
        }
    }()
}
