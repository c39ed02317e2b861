import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Specifications and changes behind pgsteer's back drawn from a seed, on a live server of every major there is.
///
/// `PGSTEER_PROPERTY_CASES` sets how many there are; 300 by default.
@Suite struct GrantPropertyTests {
    private static let cases =
        ProcessInfo.processInfo.environment["PGSTEER_PROPERTY_CASES"].flatMap { Int($0) } ?? 300

    private static let roles = [
        "app", "bob", "\"Quo\"\"ted\"", "\"dot.ted name\"", "\"select\"", "\"🐘\"", "\"50%/a\\b\"",
    ]
    private static let tables = ["orders", "\"Odd \"\"one\"\"\"", "\"a.b\"", "\"table\"", "\"%/\\\""]

    /// A name as SQL writes it, as the server keeps it.
    private static func kept(_ name: String) -> String {
        name.hasPrefix("\"") ? String(name.dropFirst().dropLast().replacing("\"\"", with: "\"")) : name
    }

    /// A name as SQL writes it, as YAML writes it.
    private static func yaml(_ name: String) -> String {
        name.hasPrefix("\"") ? "'" + kept(name).replacing("'", with: "''") + "'" : name
    }

    /// A privilege on a table that a specification gives a role; names as SQL writes them.
    private struct Given: Hashable {
        var role: String
        var table: String
        var privilege: String

        /// As ``GrantPropertyTests/held(_:)`` tells it.
        var fact: String { "\(kept(role)) \(privilege) \(kept(table))" }
    }

    /// What was drawn: a specification, and what it gives on tables.
    private struct Drawn {
        var text = ""
        var given: Set<Given> = []
    }

    @Test(arguments: PostgresInstallations.majors)
    func `after apply nothing is left, and what others change is found and repaired`(major: Int) async throws {
        let count = Self.cases / PostgresInstallations.majors.count
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            var repairs = 0
            for number in 0..<count {
                let seed = UInt64(major) << 32 | UInt64(number)
                var generator = SeededGenerator(seed: seed)
                let drawn = Self.specification(major, &generator)
                try place.home.write(place.instance(drawn.text))
                let comment = "major \(major), case \(number)"
                if let problem = try await place.expectFixedPoint(comment) {
                    Issue.record("\(problem)")
                    return
                }
                #expect(try await Self.lost(drawn, place) == [], "\(comment): given")
                if try await mutateAndRepair(place, drawn, &generator, comment) { repairs += 1 }
            }
            #expect(repairs > count / 5, "hardly any change was to what the specifications give")
        }
    }

    private func prepare(_ place: ExternalHome) async throws {
        let roles = Self.roles.map { "CREATE ROLE \($0);" }.joined(separator: "\n")
        let tables = Self.tables.map { "CREATE TABLE s.\($0) (id int, \"Value\" text);" }.joined(separator: "\n")
        try await place.server.run("CREATE DATABASE shop; \(roles)")
        try await place.server.run("CREATE SCHEMA s; \(tables) CREATE SEQUENCE s.numbers", database: "shop")
    }

    /// Somebody changes something; where it is declared, it is found and repaired. Returns whether it was to what the
    /// specification gives.
    private func mutateAndRepair(
        _ place: ExternalHome,
        _ drawn: Drawn,
        _ generator: inout SeededGenerator,
        _ comment: String
    ) async throws -> Bool {
        let before = try await privileges(place)
        let mutation = Self.mutation(drawn, &generator)
        try await place.server.run(mutation, database: "shop")
        let changed = try await privileges(place)
        let plan = try await place.home.run("plan", "specs", "--detailed-exitcode")
        let lost = try await Self.lost(drawn, place)
        #expect(plan.code == 2 || plan.code == 0 && lost.isEmpty, "\(comment): \(mutation): \(plan.all)")
        if let problem = try await place.expectFixedPoint("\(comment), after \(mutation)") {
            Issue.record("\(problem)")
            return false
        }
        #expect(try await Self.lost(drawn, place) == [], "\(comment): \(mutation)")
        // What is declared is put back to what it was, and what nobody touched stays; what others had beyond the
        // specification and took away themselves is theirs to give again.
        let after = try await privileges(place)
        #expect(before.intersection(changed).subtracting(after) == [], "\(comment): \(mutation)")
        // What is given anew is given as it is declared; an option that somebody had added is not.
        let allowed = before.union(before.map { $0.replacing(#/ true$/#, with: " false") })
        if plan.code == 2 { #expect(after.subtracting(allowed) == [], "\(comment): \(mutation)") }
        return !lost.isEmpty
    }

    /// What a specification gives and nobody has, as the server itself tells it.
    private static func lost(_ drawn: Drawn, _ place: ExternalHome) async throws -> Set<String> {
        let rows = try await place.server.query(
            """
            SELECT r.rolname || ' ' || x.privilege_type || ' ' || c.relname AS fact
            FROM pg_class c, aclexplode(c.relacl) x, pg_roles r
            WHERE c.relnamespace = 's'::regnamespace AND r.oid = x.grantee
            """,
            database: "shop"
        )
        return Set(drawn.given.map(\.fact)).subtracting(rows.map { $0.text("fact") })
    }

    private func privileges(_ place: ExternalHome) async throws -> Set<String> {
        let rows = try await place.server.query(
            """
            SELECT c.relname::text || ' ' || x.grantee::regrole || ' ' || x.privilege_type || ' ' || x.is_grantable AS fact
            FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
            WHERE c.relnamespace = 's'::regnamespace
            UNION ALL SELECT a.attname || ' ' || x.grantee::regrole || ' ' || x.privilege_type || ' ' || x.is_grantable
            FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attacl IS NOT NULL
            UNION ALL SELECT m.roleid::regrole || ' of ' || m.member::regrole || ' ' || m.admin_option FROM pg_auth_members m
            UNION ALL SELECT rolname || ' ' || rolcanlogin || rolconnlimit FROM pg_roles
            """,
            database: "shop"
        )
        return Set(rows.map { $0.text("fact") })
    }

    // MARK: What is drawn

    private static func specification(_ major: Int, _ generator: inout SeededGenerator) -> Drawn {
        var drawn = Drawn()
        var lines = ["  accounts:"]
        for role in roles where Bool.random(using: &generator) || role == "app" {
            var attributes = ["name: \(yaml(role))"]
            if Bool.random(using: &generator) { attributes.append("login: \(Bool.random(using: &generator))") }
            if Bool.random(using: &generator) {
                attributes.append("connectionLimit: \(Int.random(in: -1...9, using: &generator))")
            }
            if Bool.random(using: &generator) {
                attributes.append("remark: \"r\(Int.random(in: 0...3, using: &generator))\"")
            }
            if Bool.random(using: &generator) {
                attributes.append("settings: { work_mem: \(Int.random(in: 1...9, using: &generator))MB }")
            }
            let mode = ["tracked", "exact", "additive"].randomElement(using: &generator) ?? "tracked"
            attributes.append("grantMode: \(mode)")
            let group = roles.randomElement(using: &generator) ?? "bob"
            // Upwards only, so that no circle comes about.
            if (roles.firstIndex(of: group) ?? 0) > (roles.firstIndex(of: role) ?? 0) {
                attributes.append("memberships: [\(yaml(group))]")
            }
            let grants = (0..<Int.random(in: 0...3, using: &generator))
                .map { _ in grant(to: role, major, &drawn.given, &generator) }
            if !grants.isEmpty { attributes.append("grants: [\(grants.joined(separator: ", "))]") }
            lines.append("    - { \(attributes.joined(separator: ", ")) }")
        }
        lines.append("  databases: [{ name: shop, schemas: [s] }]")
        drawn.text = lines.joined(separator: "\n") + "\n"
        return drawn
    }

    private static func grant(
        to role: String,
        _ major: Int,
        _ given: inout Set<Given>,
        _ generator: inout SeededGenerator
    ) -> String {
        let chosen = tables.randomElement(using: &generator) ?? "orders"
        let table = yaml(chosen)
        let all =
            ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
            + (major >= 17 ? ["MAINTAIN"] : [])
        let privileges = [["SELECT"], ["SELECT", "INSERT"], ["UPDATE", "DELETE"], all].randomElement(using: &generator)
        let some = privileges == all ? "ALL" : "[\((privileges ?? []).joined(separator: ", "))]"
        let option = [", grantable: true", ", grantable: false", "", ""].randomElement(using: &generator) ?? ""
        let sort = Int.random(in: 0...5, using: &generator)
        for table in sort == 0 ? tables : sort == 1 ? [chosen] : [] {
            for privilege in privileges ?? [] { given.insert(Given(role: role, table: table, privilege: privilege)) }
        }
        return switch sort {
        case 0: "{ database: shop, schema: s, tables: all, privileges: \(some)\(option) }"
        case 1: "{ database: shop, schema: s, tables: [\(table)], privileges: \(some)\(option) }"
        case 2: "{ database: shop, schema: s, tables: [\(table)], columns: [id, Value], privileges: [UPDATE]\(option) }"
        case 3: "{ database: shop, schema: s, sequences: all, privileges: [USAGE] }"
        case 4: "{ database: shop, schema: s, privileges: [USAGE, CREATE]\(option) }"
        default: "{ database: shop, schema: s, tables: future, futureBy: app, privileges: \(some) }"
        }
    }

    private static func mutation(_ drawn: Drawn, _ generator: inout SeededGenerator) -> String {
        if Bool.random(using: &generator),
            let given = drawn.given.sorted(by: { $0.fact < $1.fact }).randomElement(using: &generator)
        {
            return "REVOKE \(given.privilege) ON s.\(given.table) FROM \(given.role)"
        }
        let role = roles.randomElement(using: &generator) ?? "app"
        let table = tables.randomElement(using: &generator) ?? "orders"
        return switch Int.random(in: 0...7, using: &generator) {
        case 0: "REVOKE ALL ON s.\(table) FROM \(role)"
        case 1: "GRANT DELETE ON s.\(table) TO \(role)"
        case 2: "REVOKE GRANT OPTION FOR ALL ON s.\(table) FROM \(role)"
        case 3: "ALTER ROLE \(role) CONNECTION LIMIT 77"
        case 4: "ALTER ROLE \(role) \(Bool.random(using: &generator) ? "LOGIN" : "NOLOGIN")"
        case 5: "REVOKE USAGE ON SEQUENCE s.numbers FROM \(role)"
        case 6: "COMMENT ON ROLE \(role) IS 'changed'"
        default: "GRANT UPDATE (id) ON s.\(table) TO \(role)"
        }
    }
}
