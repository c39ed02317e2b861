import FleetModel
import Planning
import Resources
import Testing

/// Which statements can have made a difference, and which only look like it.
@Suite struct DriftTraceTests {
    private let head = "2026-11-25 01:02:03.004 UTC [42] bob@shop/psql LOG:  statement: "

    private func isNamed(_ statement: String, for item: Drift.Item) -> Bool {
        DriftOrigin.of(item, in: DriftOrigin.Log(head + statement + "\n")) != nil
    }

    private func account(_ attribute: String, _ name: String = "plain") -> Drift.Item {
        Drift.Item(resource: ResourceID("Account", "orders", name), attribute: attribute)
    }

    private func grant(_ attribute: String, found: String? = nil, left: String? = nil) -> Drift.Item {
        Drift.Item(
            resource: ResourceID("Grant", "orders", "shop"),
            attribute: attribute,
            observed: found,
            desired: left
        )
    }

    private func isNamed(_ statement: String, forSetting setting: String) -> Bool {
        let settings = ResourceID("AccountSettings", "orders", "shop", "plain")
        return isNamed(statement, for: Drift.Item(resource: settings, attribute: "settings.\(setting)"))
    }

    @Test func `names without quotes have no case, and neither have parameters`() {
        let memory = Drift.Item(resource: .instance("orders"), attribute: "parameters.maintenance_work_mem")
        #expect(isNamed("ALTER SYSTEM SET MAINTENANCE_WORK_MEM = '64MB'", for: memory))
        #expect(isNamed("ALTER SYSTEM RESET ALL", for: memory))
        #expect(!isNamed("ALTER SYSTEM SET work_mem = '64MB'", for: memory))
        #expect(isNamed("ALTER ROLE PLAIN NOLOGIN", for: account("login")))
        #expect(!isNamed("ALTER ROLE PLAIN NOLOGIN", for: account("login", "PLAIN")))
        #expect(isNamed("ALTER ROLE \"PLAIN\" NOLOGIN", for: account("login", "PLAIN")))
        #expect(isNamed("REVOKE SELECT ON WEB.ORDERS FROM PLAIN", for: grant("plain: table web.orders")))
        #expect(isNamed("alter role plain set timezone = 'UTC'", for: account("settings.TimeZone")))
        #expect(isNamed("alter role plain set time zone 'UTC'", for: account("settings.TimeZone")))
    }

    @Test func `what is in a database is changed by nobody who works in another one`() {
        let elsewhere = "2026-11-25 01:02:03.004 UTC [42] bob@crm/psql LOG:  statement: "
        func isNamed(_ statement: String, for item: Drift.Item) -> Bool {
            DriftOrigin.of(item, in: DriftOrigin.Log(elsewhere + statement + "\n")) != nil
        }
        #expect(!isNamed("REVOKE SELECT ON web.orders FROM plain", for: grant("plain: table web.orders")))
        #expect(isNamed("REVOKE CREATE ON DATABASE shop FROM plain", for: grant("plain: database shop")))
        #expect(isNamed("GRANT SET ON PARAMETER work_mem TO plain", for: grant("plain: parameter work_mem")))
        #expect(isNamed("ALTER ROLE plain NOLOGIN", for: account("login")))
        let schema = Drift.Item(resource: ResourceID("Schema", "orders", "shop", "web"), attribute: "owner")
        #expect(!isNamed("ALTER SCHEMA web OWNER TO bob", for: schema))
        #expect(self.isNamed("ALTER SCHEMA web OWNER TO bob", for: schema))
    }

    @Test func `a quote inside of a name is doubled in a statement`() {
        let database = ResourceID("Database", "orders", "odd \"db\"")
        func item(_ attribute: String) -> Drift.Item { Drift.Item(resource: database, attribute: attribute) }
        #expect(isNamed("comment on database \"odd \"\"db\"\"\" is 'x'", for: item("remark")))
        #expect(isNamed("alter database \"odd \"\"db\"\"\" owner to bob", for: item("owner")))
        #expect(!isNamed("alter database \"odd db\" owner to bob", for: item("owner")))
    }

    @Test func `an option of a membership is found, and not mixed up with the membership`() {
        let option = account("memberships.grp.admin")
        #expect(isNamed("REVOKE ADMIN OPTION FOR grp FROM plain", for: option))
        #expect(isNamed("grant grp to plain with admin option", for: option))
        #expect(!isNamed("grant grp to plain", for: option))
        #expect(!isNamed("grant plain to grp with admin option", for: option))
        var membership = account("memberships.grp")
        membership.desired = "member"
        #expect(isNamed("revoke grp from plain", for: membership))
        #expect(isNamed("alter group grp drop user plain", for: membership))
        #expect(!isNamed("revoke admin option for grp from plain", for: membership))
        #expect(!isNamed("revoke select on grp from plain", for: membership))
    }

    @Test func `settings in a database need the database and the parameter`() {
        #expect(isNamed("alter role plain in database shop set work_mem = '1MB'", forSetting: "work_mem"))
        #expect(isNamed("alter role plain in database shop reset all", forSetting: "work_mem"))
        for statement in [
            "alter role plain set statement_timeout = 1", "alter role plain set work_mem = '1MB'",
            "alter role plain in database other set work_mem = '1MB'",
            "alter role plain in database shop set statement_timeout = 1",
        ] {
            #expect(!isNamed(statement, forSetting: "work_mem"), "\(statement)")
        }
        #expect(!isNamed("alter role plain in database shop set work_mem = '1MB'", for: account("settings.work_mem")))
        #expect(!isNamed("alter role plain set role_login to login", for: account("login")))
    }

    @Test func `default privileges need the kind, the schema and the creator`() {
        let sequences = grant("plain: future sequences in web by app")
        let start = "alter default privileges for role app in schema web grant"
        #expect(isNamed("\(start) select on sequences to plain", for: sequences))
        #expect(!isNamed("\(start) select on tables to plain", for: sequences))
        #expect(!isNamed("\(start.replacing("app", with: "eve")) select on sequences to plain", for: sequences))
        #expect(!isNamed("\(start.replacing(" in schema web", with: "")) select on sequences to plain", for: sequences))
        let routines = grant("dave: future routines by carol")
        #expect(!isNamed("alter default privileges for role dave grant select on tables to carol", for: routines))
        #expect(isNamed("alter default privileges for user carol revoke execute on functions from dave", for: routines))
        // Who names no creator means oneself.
        let own = "alter default privileges grant execute on routines to dave"
        #expect(!isNamed(own, for: routines))
        #expect(isNamed(own, for: grant("dave: future routines by bob")))
    }

    @Test func `privileges need the object, the privilege and the side`() {
        let lost = grant("plain: table web.orders", found: "INSERT", left: "INSERT, SELECT")
        for statement in [
            "revoke select on web.orders from plain", "revoke all on orders from eve, plain",
            "REVOKE INSERT, SELECT ON TABLE \"web\".\"orders\" FROM plain",
            "revoke all privileges on all tables in schema web from plain",
        ] {
            #expect(isNamed(statement, for: lost), "\(statement)")
        }
        for statement in [
            "revoke insert on web.orders from plain", "grant select on web.orders to plain",
            "revoke select on web.orders from public", "revoke select (id) on web.orders from plain",
            "revoke select on other.orders from plain", "revoke grant option for select on web.orders from plain",
            "revoke select on all tables in schema other from plain", "revoke select from plain",
        ] {
            #expect(!isNamed(statement, for: lost), "\(statement)")
        }
        let regraded = grant("plain: table web.orders", found: "SELECT", left: "SELECT*")
        #expect(isNamed("revoke grant option for select on web.orders from plain", for: regraded))
        let many = grant("plain: 7 tables in web", found: nil, left: "SELECT")
        #expect(isNamed("revoke select on all tables in schema web from plain", for: many))
        #expect(!isNamed("revoke select on web.orders from plain", for: many))
        let column = grant("plain: column web.orders(id)", found: nil, left: "SELECT")
        #expect(isNamed("revoke select (id) on web.orders from plain", for: column))
        #expect(isNamed("revoke select on web.orders from plain", for: column))
        #expect(!isNamed("revoke select (other) on web.orders from plain", for: column))
        let everybody = grant("public: routine web.f(integer)", found: "EXECUTE", left: nil)
        #expect(isNamed("grant execute on function web.f(int) to public", for: everybody))
        #expect(!isNamed("grant execute on function web.f(int) to plain", for: everybody))
    }

    @Test func `who did it before somebody undid it is not to blame`() {
        let lost = grant("plain: table web.orders", found: nil, left: "SELECT")
        let log = "\(head)revoke select on web.orders from plain\n\(head)grant select on web.orders to plain\n"
        #expect(DriftOrigin.of(lost, in: DriftOrigin.Log(log)) == nil)
        var login = account("login")
        login.observed = "false"
        #expect(!isNamed("alter role plain login", for: login))
        #expect(isNamed("/* why */ alter role plain\tnologin", for: login))
        #expect(isNamed("alter role bob login; alter role plain nologin", for: login))
        #expect(!isNamed("alter role bob nologin; alter role plain createdb", for: login))
    }

    @Test func `what is gone was dropped or renamed`() {
        let gone = account("")
        #expect(isNamed("drop role if exists bob, plain", for: gone))
        #expect(isNamed("alter role plain rename to simple", for: gone))
        #expect(!isNamed("create role plain", for: gone))
        #expect(!isNamed("drop role bob", for: gone))
    }

    @Test func `a session of ours without the name of a run is ours`() {
        let memory = Drift.Item(resource: .instance("orders"), attribute: "parameters.work_mem")
        let own = head.replacing("bob@shop/psql", with: "postgres@postgres/pgsteer")
        let statement = "ALTER SYSTEM SET \"work_mem\" TO '8MB'\n"
        #expect(DriftOrigin.of(memory, in: DriftOrigin.Log(own + statement)) == nil)
        // A database of that name is not.
        let other = head.replacing("bob@shop/psql", with: "bob@pgsteer/psql")
        #expect(DriftOrigin.of(memory, in: DriftOrigin.Log(other + statement)) != nil)
    }
}
