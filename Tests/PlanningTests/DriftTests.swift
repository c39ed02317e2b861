import Diagnostics
import FleetModel
import Planning
import Resources
import Testing

/// Who changed something is told from a server's log, or not at all.
@Suite struct DriftOriginTests {
    private func item(_ resource: ResourceID, _ attribute: String) -> Drift.Item {
        Drift.Item(resource: resource, attribute: attribute)
    }

    private func origin(_ attribute: String, of name: String = "app", _ log: String) -> String? {
        DriftOrigin.of(item(ResourceID("Account", "orders", name), attribute), in: DriftOrigin.Log(log))
    }

    private let head = "2026-11-25 01:02:03.004 UTC [42] bob@shop/psql LOG:  statement: "

    @Test func `the last statement that can have done it is named, with who and when`() {
        let log = "\(head)ALTER ROLE app CONNECTION LIMIT 3\n\(head)ALTER ROLE app CREATEDB\n"
        #expect(
            origin("connectionLimit", log)
                == "bob in shop (psql) at 2026-11-25 01:02:03.004 UTC: ALTER ROLE app CONNECTION LIMIT 3"
        )
    }

    @Test func `a statement that says something else is not named`() {
        #expect(origin("password", "\(head)ALTER ROLE app CREATEDB\n\(head)GRANT readers TO app\n") == nil)
        #expect(origin("login", "\(head)ALTER ROLE application LOGIN\n") == nil)
    }

    @Test(arguments: [
        "ALTER ROLE app PASSWORD 'S3cret-word'", "ALTER ROLE app PASSWORD $$S3cret-word$$",
        "ALTER ROLE app PASSWORD E'a\\'S3cret-word'",
    ])
    func `no literal of a statement is shown`(statement: String) throws {
        let text = try #require(origin("password", head + statement + "\n"))
        #expect(text.hasSuffix("...") && !text.contains("S3cret"))
    }

    @Test func `a statement that failed changed nothing`() {
        let failure = "2026-11-25 01:02:03.005 UTC [42] bob@shop/psql ERROR:  permission denied\n"
        #expect(origin("login", "\(head)ALTER ROLE app NOLOGIN\n\(failure)") == nil)
    }

    @Test func `who was at it before we put it right is not to blame`() {
        let ours = head.replacing("bob@shop/psql", with: "postgres@postgres/pgsteer/abc")
        #expect(origin("login", "\(head)ALTER ROLE app NOLOGIN\n\(ours)ALTER ROLE \"app\" LOGIN\n") == nil)
    }

    @Test func `a log without names tells the process`() {
        let bare = "2026-11-25 01:02:03.004 UTC [42] LOG:  statement: DROP ROLE app\n"
        #expect(origin("", bare) == "process 42 at 2026-11-25 01:02:03.004 UTC: DROP ROLE app")
    }

    // MARK: Without a log

    private func evidence(_ change: (inout ChangeEvidence) -> Void) -> ChangeEvidence {
        var evidence = ChangeEvidence()
        evidence.role = "postgres"
        change(&evidence)
        return evidence
    }

    private let login = Drift.Item(resource: ResourceID("Account", "orders", "app"), attribute: "login")

    @Test func `what a session sent last is named, with its program and address, unless we worked on it since`() {
        let evidence = evidence {
            $0.sessions = [
                ChangeEvidence.Session(who: "eve in shop", time: "noon", epoch: 300, statement: nil),
                ChangeEvidence.Session(
                    who: "bob in shop (psql from 10.0.0.7)",
                    time: "noon",
                    epoch: 200,
                    statement: "\n ALTER ROLE app NOLOGIN PASSWORD 'S3cret'"
                ),
            ]
        }
        let told = DriftOrigin.of(login, in: evidence, after: 100)
        #expect(
            told
                == "bob in shop (psql from 10.0.0.7), which is still connected, at noon: ALTER ROLE app NOLOGIN PASSWORD ..."
        )
        #expect(DriftOrigin.of(login, in: evidence, after: 250) == nil)
    }

    @Test func `a counted statement names its role, but not ours in our spelling, and not everybody`() {
        func counted(_ role: String, _ statement: String) -> ChangeEvidence.Counted {
            ChangeEvidence.Counted(role: role, database: "shop", statement: statement)
        }
        let ours = counted("postgres", "ALTER ROLE \"app\" NOLOGIN")
        #expect(DriftOrigin.of(login, in: evidence { $0.statements = [ours] }, after: nil) == nil)
        let two = evidence { $0.statements = [ours, counted("bob", "alter role app nologin")] }
        #expect(
            DriftOrigin.of(login, in: two, after: nil)
                == "bob in shop, at a time that is not told: alter role app nologin"
        )
        let many = evidence { $0.statements = (0..<4).map { counted("r\($0)", "ALTER ROLE app NOLOGIN") } }
        #expect(DriftOrigin.of(login, in: many, after: nil) == nil)
    }

    @Test func `a log that names no program does not make us blame ourselves`() {
        let bare = "2026-11-25 01:02:03.004 UTC [42] LOG:  statement: ALTER ROLE \"app\" LOGIN\n"
        #expect(origin("login", bare) == nil)
    }

    @Test func `a statement of several lines is found`() {
        #expect(origin("login", "\(head)ALTER ROLE\n\tapp\n\tNOLOGIN\n")?.hasSuffix("ALTER ROLE app NOLOGIN") ?? false)
    }
}
