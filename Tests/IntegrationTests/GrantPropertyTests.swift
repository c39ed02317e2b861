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

    /// A name as SQL writes it, as YAML writes it.
    private static func yaml(_ name: String) -> String {
        guard name.hasPrefix("\"") else { return name }
        let inner = name.dropFirst().dropLast().replacing("\"\"", with: "\"")
        return "'" + inner.replacing("'", with: "''") + "'"
    }

    @Test(arguments: PostgresInstallations.majors)
    func `after apply nothing is left, and what others change is found and repaired`(major: Int) async throws {
        let count = Self.cases / PostgresInstallations.majors.count
        try await ExternalHome.with(major) { place in
            try await prepare(place)
            for number in 0..<count {
                let seed = UInt64(major) << 32 | UInt64(number)
                var generator = SeededGenerator(seed: seed)
                try place.home.write(place.instance(Self.specification(major, &generator)))
                let comment = "major \(major), case \(number)"
                if let problem = try await place.expectFixedPoint(comment) {
                    Issue.record("\(problem)")
                    return
                }
                try await mutateAndRepair(place, &generator, comment)
            }
        }
    }

    private func prepare(_ place: ExternalHome) async throws {
        let roles = Self.roles.map { "CREATE ROLE \($0);" }.joined(separator: "\n")
        let tables = Self.tables.map { "CREATE TABLE s.\($0) (id int, \"Value\" text);" }.joined(separator: "\n")
        try await place.server.run("CREATE DATABASE shop; \(roles)")
        try await place.server.run("CREATE SCHEMA s; \(tables) CREATE SEQUENCE s.numbers", database: "shop")
    }

    /// Somebody changes something; where it is declared, it is found and repaired.
    private func mutateAndRepair(
        _ place: ExternalHome,
        _ generator: inout SeededGenerator,
        _ comment: String
    ) async throws {
        let before = try await privileges(place)
        let mutation = Self.mutation(&generator)
        try await place.server.run(mutation, database: "shop")
        let changed = try await privileges(place)
        let plan = try await place.home.run("plan", "specs", "--detailed-exitcode")
        #expect(plan.code == 0 || plan.code == 2, "\(comment): \(plan.all)")
        if let problem = try await place.expectFixedPoint("\(comment), after \(mutation)") {
            Issue.record("\(problem)")
            return
        }
        // What is declared is put back to what it was, and what nobody touched stays; what others had beyond the
        // specification and took away themselves is theirs to give again.
        let after = try await privileges(place)
        #expect(before.intersection(changed).subtracting(after) == [], "\(comment): \(mutation)")
        if plan.code == 2 { #expect(after.subtracting(before) == [], "\(comment): \(mutation)") }
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

    private static func specification(_ major: Int, _ generator: inout SeededGenerator) -> String {
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
            let grants = (0..<Int.random(in: 0...3, using: &generator)).map { _ in grant(major, &generator) }
            if !grants.isEmpty { attributes.append("grants: [\(grants.joined(separator: ", "))]") }
            lines.append("    - { \(attributes.joined(separator: ", ")) }")
        }
        lines.append("  databases: [{ name: shop, schemas: [s] }]")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func grant(_ major: Int, _ generator: inout SeededGenerator) -> String {
        let table = yaml(tables.randomElement(using: &generator) ?? "orders")
        let some =
            ["[SELECT]", "[SELECT, INSERT]", "[UPDATE, DELETE]", "ALL"].randomElement(using: &generator) ?? "ALL"
        let option = [", grantable: true", ", grantable: false", "", ""].randomElement(using: &generator) ?? ""
        return switch Int.random(in: 0...5, using: &generator) {
        case 0: "{ database: shop, schema: s, tables: all, privileges: \(some)\(option) }"
        case 1: "{ database: shop, schema: s, tables: [\(table)], privileges: \(some)\(option) }"
        case 2: "{ database: shop, schema: s, tables: [\(table)], columns: [id, Value], privileges: [UPDATE]\(option) }"
        case 3: "{ database: shop, schema: s, sequences: all, privileges: [USAGE] }"
        case 4: "{ database: shop, schema: s, privileges: [USAGE, CREATE]\(option) }"
        default: "{ database: shop, schema: s, tables: future, futureBy: app, privileges: \(some) }"
        }
    }

    private static func mutation(_ generator: inout SeededGenerator) -> String {
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
