import Diagnostics
import FleetModel
import SQL
import SpecSchema
import Testing

@testable import Resources

@Suite struct GrantStatementTests {
    @Test func `all tables of a schema get what they lack, and one that has it is left alone`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "a", to: "app", "SELECT")
        catalogue.add("table", "s", "b \"quoted\"")
        catalogue.add("table", "other", "c")
        let all = grant([rule(.all(.table, schema: "s"), ["SELECT"])])
        #expect(all.statements(catalogue) == ["GRANT SELECT ON TABLE \"s\".\"b \"\"quoted\"\"\" TO \"app\""])
    }

    @Test func `an empty schema is no difference, and an object that is not there only a warning`() {
        var catalogue = Catalogue()
        catalogue.add("schema", "", "s")
        let rules = grant([
            rule(.all(.table, schema: "s"), ["SELECT"]),
            rule(.named(.table, schema: "s", names: [located("later")]), ["SELECT"]),
        ])
        #expect(rules.differences(from: catalogue.observed, context: ObjectContext()) == [])
        #expect(rules.warnings(on: catalogue.observed, context: ObjectContext()).map(\.code.id) == ["PGS-046"])
    }

    @Test func `a schema that is not there is told once, whatever of it is named`() {
        let rules = grant([
            rule(.all(.table, schema: "later"), ["SELECT"]),
            rule(.named(.table, schema: "later", names: [located("a"), located("b")]), ["SELECT"]),
            rule(.named(.routine, schema: "later", names: [located("f(integer)")]), ["EXECUTE"]),
            rule(.columns(schema: "later", tables: [located("a")], columns: [located("x")]), ["SELECT"]),
        ])
        let warnings = rules.warnings(on: Catalogue().observed, context: ObjectContext())
        #expect(warnings.map(\.code.id) == ["PGS-046"] && warnings.first?.detail.contains("no schema later") == true)
    }

    @Test func `what everybody and what an owner has by itself is never given or taken`() {
        var catalogue = Catalogue()
        catalogue.add("routine", "s", "f", "integer", to: "public", "EXECUTE", isInitial: true)
        catalogue.add("table", "s", "mine", owner: "app")
        let rules = grant(
            [
                rule(.named(.routine, schema: "s", names: [located("f(int)")]), ["EXECUTE"], to: "public"),
                rule(.named(.table, schema: "s", names: [located("mine")]), ["SELECT"]),
            ],
            ["app": .exact, "public": .exact]
        )
        #expect(rules.statements(catalogue) == [])
        // What was there before us is not remembered as ours, or it would be taken when the rule goes.
        #expect(rules.applied(on: catalogue.observed).lists["grants"] == [])
    }

    @Test func `default privileges that everybody has by itself are given only where somebody took them`() {
        let future = rule(.future(.futureRoutine, schema: "", creators: [located("maker")]), ["EXECUTE"], to: "public")
        #expect(grant([future]).statements(Catalogue()) == [])
        #expect(grant([future]).intended(on: Catalogue().observed)["grants"] == [])
        var taken = Catalogue()
        taken.add("futureRoutine", "", "maker", owner: "maker")
        let statement = "ALTER DEFAULT PRIVILEGES FOR ROLE \"maker\" GRANT EXECUTE ON ROUTINES TO PUBLIC"
        #expect(grant([future]).statements(taken) == [statement])
    }

    @Test func `what is about to be given is remembered before`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "a", to: "app", "SELECT")
        catalogue.add("table", "s", "b")
        let all = grant([rule(.all(.table, schema: "s"), ["SELECT"], grantable: true)])
        #expect(all.intended(on: catalogue.observed)["grants"] == ["app/table/s/b//SELECT"])
        #expect(all.intended(on: nil) == [:])
    }

    @Test(arguments: [
        (GrantMode.tracked, ["REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"app\""]),
        (
            .exact,
            ["REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"app\"", "REVOKE DELETE ON TABLE \"s\".\"t\" FROM \"app\""]
        ),
        (.additive, []),
    ])
    func `modes decide what becomes of what no rule gives`(mode: GrantMode, expected: [String]) {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "t", to: "app", "SELECT")
        catalogue.add("table", "s", "t", to: "app", "DELETE")
        #expect(grant([], ["app": mode]).statements(catalogue, applied: ["app/table/s/t//SELECT"]) == expected)
    }

    @Test func `revoking from a table gives columns back what they are to keep`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "t", to: "app", "UPDATE")
        catalogue.add("column", "s", "t", "id", to: "app", "UPDATE", grantable: true)
        let texts = grant([]).statements(catalogue, applied: ["app/table/s/t//UPDATE"])
        #expect(
            texts == [
                "REVOKE UPDATE ON TABLE \"s\".\"t\" FROM \"app\"",
                "GRANT UPDATE (\"id\") ON TABLE \"s\".\"t\" TO \"app\" WITH GRANT OPTION",
            ]
        )
    }

    @Test func `who takes back what it gave reaches it until then`() {
        var catalogue = Catalogue()
        catalogue.add("schema", "", "s", to: "a", "USAGE")
        catalogue.add("table", "s", "t", to: "a", "SELECT", grantable: true)
        catalogue.add("table", "s", "t", to: "b", "SELECT", by: "a")
        let modes: [Name: GrantMode] = ["a": .exact, "b": .exact]
        let taken = [
            "SET LOCAL ROLE \"a\"", "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"b\"", "SET LOCAL ROLE NONE",
        ]
        let own = "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"a\""
        let way = "REVOKE USAGE ON SCHEMA \"s\" FROM \"a\""
        #expect(grant([], modes).statements(catalogue) == taken + [own, way])
        // One that has lost the way is lent it.
        var lost = Catalogue()
        lost.add("schema", "", "s")
        lost.add("table", "s", "t", to: "a", "SELECT", grantable: true)
        lost.add("table", "s", "t", to: "b", "SELECT", by: "a")
        #expect(
            grant([], modes).statements(lost) == ["GRANT USAGE ON SCHEMA \"s\" TO \"a\""] + taken + [way, own]
        )
    }

    @Test func `a chain of grantors is taken back from its end, each in the name of who gave`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "t", to: "a", "SELECT", grantable: true)
        catalogue.add("table", "s", "t", to: "b", "SELECT", grantable: true, by: "a")
        catalogue.add("table", "s", "t", to: "c", "SELECT", by: "b")
        let modes: [Name: GrantMode] = ["a": .exact, "b": .exact, "c": .exact]
        #expect(
            grant([], modes).statements(catalogue) == [
                "SET LOCAL ROLE \"b\"", "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"c\"", "SET LOCAL ROLE NONE",
                "SET LOCAL ROLE \"a\"", "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"b\"", "SET LOCAL ROLE NONE",
                "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"a\"",
            ]
        )
    }

    /// a may pass SELECT on, and b has it from a; nobody gives a the privilege any more.
    private var passedOn: Catalogue {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "t", to: "a", "SELECT", grantable: true)
        catalogue.add("table", "s", "t", to: "b", "SELECT", by: "a")
        return catalogue
    }

    private func obstacles(_ grant: Grant, _ catalogue: Catalogue) -> [Diagnostic] {
        let applied = AppliedObject(deletionPolicy: .delete, lists: ["grants": ["a/table/s/t//SELECT"]])
        return grant.warnings(on: catalogue.observed, context: ObjectContext(applied: applied))
    }

    @Test func `what somebody has passed on is told before it keeps the privilege from being revoked`() throws {
        let found = try #require(obstacles(grant([]), passedOn).first)
        #expect(found.code.id == "PGS-053" && found.severity == .error)
        #expect(found.detail.contains("cannot be taken from a, which has passed it on to b"), "\(found.detail)")
    }

    @Test func `what somebody has passed on goes along where the account says so, and is given anew where a line does`()
    {
        let traces = ["a/table/s/t//SELECT"]
        let revocations = [
            "SET LOCAL ROLE \"a\"", "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"b\"", "SET LOCAL ROLE NONE",
            "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"a\"",
        ]
        var cascading = grant([])
        cascading.holders["a"] = Grant.Holder(range: .nowhere, passedOn: .revoke)
        #expect(cascading.statements(passedOn, applied: traces) == revocations)
        let context = ObjectContext(applied: AppliedObject(deletionPolicy: .delete, lists: ["grants": traces]))
        let told = cascading.differences(from: passedOn.observed, context: context).map(\.path)
        #expect(told == ["a: table s.t", "b: table s.t"])

        var chain = passedOn
        chain.add("table", "s", "t", to: "c", "SELECT", by: "b")
        #expect(cascading.statements(chain, applied: traces).count == 7, "and whoever has it from those")

        let named = grant([rule(.named(.table, schema: "s", names: [located("t")]), ["SELECT"], to: "b")])
        #expect(obstacles(named, passedOn) == [])
        let given = "GRANT SELECT ON TABLE \"s\".\"t\" TO \"b\""
        #expect(named.statements(passedOn, applied: traces) == revocations + [given])
    }

    @Test func `who has a privilege twice keeps what it may do with it`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "t", to: "a", "SELECT", grantable: true)
        catalogue.add("table", "s", "t", to: "b", "SELECT")
        catalogue.add("table", "s", "t", to: "b", "SELECT", grantable: true, by: "a")
        let table = GrantRule.Selection.named(.table, schema: "s", names: [located("t")])
        let a = rule(table, ["SELECT"], to: "a", grantable: false)
        let kept = grant([a, rule(table, ["SELECT"], to: "b")]).statements(catalogue)
        #expect(kept.last == "GRANT SELECT ON TABLE \"s\".\"t\" TO \"b\" WITH GRANT OPTION", "\(kept)")
        let plain = grant([a, rule(table, ["SELECT"], to: "b", grantable: false)])
        #expect(plain.statements(catalogue).allSatisfy { !$0.hasPrefix("GRANT") })
        var nobody = grant([a])
        nobody.holders["a"] = Grant.Holder(range: .nowhere, passedOn: .revoke)
        let told = nobody.differences(from: catalogue.observed, context: ObjectContext())
        #expect(
            told.map { "\($0.path) \($0.observed ?? "") \($0.desired ?? "")" } == [
                "a: table s.t SELECT* SELECT", "b: table s.t SELECT* SELECT",
            ]
        )
    }

    @Test func `what everybody has by default is withheld, and only once`() {
        var catalogue = Catalogue()
        catalogue.add("database", "", "shop", to: "public", "CONNECT", isInitial: true)
        let future = GrantRule.Selection.future(.futureRoutine, schema: "", creators: [located("maker")])
        let database = GrantRule.Selection.named(.database, schema: "", names: [located("shop")])
        var rules = [rule(database, ["CONNECT"], to: "public"), rule(future, ["EXECUTE"], to: "public")]
        for index in rules.indices { rules[index].isWithheld = true }
        #expect(
            grant(rules).statements(catalogue) == [
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"maker\" REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
                "REVOKE CONNECT ON DATABASE \"shop\" FROM PUBLIC",
            ]
        )
        var taken = Catalogue()
        taken.add("database", "", "shop")
        taken.add("futureRoutine", "", "maker", owner: "maker")
        #expect(grant(rules).statements(taken) == [])

        let both = grant(rules + [rule(database, ["CONNECT"], to: "public")])
        #expect(both.warnings(on: taken.observed, context: ObjectContext()).map(\.code.id) == ["PGS-058"])
    }

    @Test func `what default privileges gave and what stays without them is told`() {
        var catalogue = Catalogue()
        catalogue.add("schema", "", "s")
        catalogue.add("futureTable", "s", "app", owner: "app", to: "report", "SELECT", by: "app")
        catalogue.add("table", "s", "known", owner: "app", to: "report", "SELECT", by: "app")
        catalogue.add("table", "s", "made", owner: "app", to: "report", "SELECT", by: "app")
        catalogue.add("table", "s", "others", owner: "app", to: "report", "SELECT", by: "boss")
        catalogue.add("table", "s", "more", owner: "app", to: "report", "INSERT", by: "app")
        catalogue.add("table", "t", "elsewhere", owner: "app", to: "report", "SELECT", by: "app")
        let traces = ["report/futureTable/s/app//SELECT", "report/table/s/known//SELECT"]
        let context = ObjectContext(applied: AppliedObject(deletionPolicy: .delete, lists: ["grants": traces]))
        let warnings = grant([]).warnings(on: catalogue.observed, context: context)
        #expect(warnings.map(\.code.id) == ["PGS-068"])
        #expect(warnings.first?.detail.hasPrefix("SELECT on table s.made in shop of db stays with report") ?? false)
        #expect(grant([]).statements(catalogue, applied: traces).count == 2)

        let kept = grant([
            rule(.future(.futureTable, schema: "s", creators: [located("app")]), ["SELECT"], to: "report")
        ])
        #expect(kept.warnings(on: catalogue.observed, context: context).isEmpty, "the entry is still there")
        let exact = grant([], ["report": .exact])
        #expect(exact.warnings(on: catalogue.observed, context: context).isEmpty, "it is taken")
        var leaving = context
        leaving.leaving = ["report"]
        #expect(grant([]).warnings(on: catalogue.observed, context: leaving).isEmpty, "everything goes with it")
    }

    @Test func `a name that cannot be there is told with what to write`() {
        let rules = grant([
            rule(.named(.type, schema: "s", names: [located("numeric(10,2)")]), ["USAGE"]),
            rule(.named(.language, schema: "", names: [located("c")]), ["USAGE"]),
        ])
        var catalogue = Catalogue()
        catalogue.add("schema", "", "s")
        let warnings = rules.warnings(on: catalogue.observed, context: ObjectContext())
        #expect(warnings.compactMap(\.help).map { $0.prefix(10) } == ["name the t", "an untrust"])
    }

    @Test func `each change is a part that the server may refuse for itself`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "a")
        catalogue.add("table", "s", "b", to: "app", "DELETE", by: "other")
        let all = grant([rule(.all(.table, schema: "s"), ["SELECT"])], ["app": .exact])
        let parts = all.update(from: catalogue.observed, context: ObjectContext()).parts
        #expect(parts.map(\.subject) == ["app: table s.b", "app: table s.a", "app: table s.b"])
        #expect(
            parts.map(\.statements.count) == [3, 1, 1],
            "becoming a role and being it no more is one part with the rest"
        )
    }

    @Test func `the right to pass a privilege on is compared only where it is mentioned`() {
        var catalogue = Catalogue()
        catalogue.add("table", "s", "t", to: "app", "SELECT", grantable: true)
        func texts(_ grantable: Bool?) -> [String] {
            grant([rule(.named(.table, schema: "s", names: [located("t")]), ["SELECT"], grantable: grantable)])
                .statements(catalogue)
        }
        #expect(texts(nil) == [] && texts(true) == [])
        #expect(texts(false) == ["REVOKE GRANT OPTION FOR SELECT ON TABLE \"s\".\"t\" FROM \"app\""])
    }

    @Test func `a bare name stands for every routine of that name, a signature for one`() {
        var catalogue = Catalogue()
        catalogue.add("routine", "s", "f", "integer, character varying[]")
        catalogue.add("routine", "s", "f", "text")
        catalogue.add("routine", "x y", "z", "")
        catalogue.add("routine", "x", "y z", "")
        func count(_ schema: String, _ written: String) -> Int {
            grant([rule(.named(.routine, schema: schema, names: [located(written)]), ["EXECUTE"])])
                .statements(catalogue).count
        }
        #expect(count("s", "f") == 2)
        #expect(count("s", "f(int4,  VARCHAR[])") == 1)
        #expect(count("s", "f(bigint)") == 0)
        // Somebody makes routines that are called like the signatures of others.
        catalogue.add("routine", "s", "f(bigint)", "")
        catalogue.add("routine", "s", "f(text)", "text")
        #expect(count("s", "f(bigint)") == 0 && count("s", "f(bigint)()") == 1)
        #expect(count("s", "f(text)") == 1 && count("s", "f(text)(text)") == 1)
        // Two names with a space at another place are two names.
        #expect(count("x", "y z") == 1)
    }

    @Test func `default privileges have a statement of their own`() {
        let rules = grant([
            rule(.future(.futureTable, schema: "s", creators: [located("boss")]), ["ALL"]),
            rule(.future(.futureRoutine, schema: "", creators: [located("app")]), ["EXECUTE"]),
        ])
        var catalogue = Catalogue()
        catalogue.add("schema", "", "s")
        #expect(
            rules.statements(catalogue) == [
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"boss\" IN SCHEMA \"s\" GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLES TO \"app\""
            ],
            "what a role makes itself is its own"
        )
    }

    @Test func `the same on many objects is told once`() throws {
        var catalogue = Catalogue()
        for number in 0..<200 { catalogue.add("table", "s", "t\(number)") }
        let differences = grant([rule(.all(.table, schema: "s"), ["SELECT"])])
            .differences(from: catalogue.observed, context: ObjectContext())
        #expect(differences.map(\.path) == ["app: 200 tables in s"])
    }

    @Test func `a trace is read back as it was written, whatever the names`() throws {
        let target = GrantTarget(.column, schema: "a/b", name: "50%2F", detail: "")
        let place = ObservedGrants.Place(target: target, grantee: "x/y%")
        let trace = GrantTrace(place: place, privilege: .alterSystem)
        #expect(GrantTrace(trace.text) == trace)
        #expect(GrantTrace("nonsense") == nil)
    }
}
