import Dashboard
import Reconciliation
import Resources
import Testing

/// The pages as HTML.
@Suite struct PageTests {
    private static let paths = [
        "/", "/instances/orders", "/instances/new", "/plan", "/migrations", "/events", "/history",
    ]

    @Test(arguments: paths) func `every page is a whole document with landmarks, one heading and no script of its own`(
        path: String
    ) {
        let answer = Fixture.answer(WebRequest(path))
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
        let text = answer.text
        #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">") && text.hasSuffix("</html>\n"))
        for once in ["<h1>", "<main ", "<header>", "<nav aria-label=", "<title>", "<a class=\"skip\""] {
            #expect(text.split(separator: once, omittingEmptySubsequences: false).count == 2, "\(once) in \(path)")
        }
        #expect(text.split(separator: "<script").count == 2, "only /live.js")
        for refused in [" style=", " onclick=", "javascript:", "http://", "https://"] {
            #expect(!text.contains(refused), "\(refused) in \(path)")
        }
        #expect(text.split(separator: "<table ").count == text.split(separator: "<caption").count)
    }

    @Test func `tags are closed in the order in which they were opened`() {
        let empty: Set<Substring> = ["meta", "link", "line", "polygon", "polyline", "!DOCTYPE"]
        for path in Self.paths {
            var open: [Substring] = []
            for match in Fixture.answer(WebRequest(path)).text.matches(of: #/<(/?)([A-Za-z0-9!]+)[^>]*>/#) {
                if empty.contains(match.2) { continue }
                if match.1.isEmpty {
                    open.append(match.2)
                } else {
                    #expect(open.popLast() == match.2, "\(path)")
                }
            }
            #expect(open.isEmpty, "\(path): \(open)")
        }
    }

    @Test func `what others chose is text and never a tag`() {
        let hostile = "<script>alert('1')</script><img src=x onerror=\"alert(2)\"> & \u{202e}"
        let facts = Fixture.facts(remark: hostile, spoken: hostile)
        for path in Self.paths {
            let text = Fixture.answer(WebRequest(path), facts).text
            #expect(!text.contains("<script>alert") && !text.contains("<img") && !text.contains("\u{202e}"), "\(path)")
        }
        let page = Fixture.answer(WebRequest("/instances/orders"), facts).text
        #expect(
            page.contains(
                "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&lt;img src=x onerror=&quot;alert(2)&quot;&gt; &amp;"
            )
        )
    }

    @Test func `the fleet shows health, endpoints, roles, lag and what is to be done`() {
        let text = Fixture.answer(WebRequest("/")).text
        for part in [
            "Reconciling", "waits until Sunday, 02:00", "127.0.0.1:7301", "1 primary", "2 standby", "2 KiB, 0 s",
            "50 of 97", "1 action", "not looked at yet", "env=prod",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func `an instance shows conditions, nodes, figures with charts, accounts, databases, history`() {
        let text = Fixture.answer(WebRequest("/instances/orders")).text
        for part in [
            "WaitingForWindow", "pg-abcdefgh", "shared_buffers", "Figures of node 1", "Figures of node 2",
            "aria-label=\"Transactions: 501/s now, over 4 measurements\"", "the web shop", "make account app on orders",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func `an instance shows its backups with age, gaps, drill and what is due, and its slow statements`() {
        let text = Fixture.answer(WebRequest("/instances/orders")).text
        for part in [
            "25 h ago", "<code>0 3 * * *</code> UTC", "Next due", "damaged: base.tar is missing",
            "1 file of the log is missing, the first is 000000010000000000000004", "restored in 4.5 s", "30 MiB",
            "remark = ?", "2.1 s",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        let new = Fixture.answer(WebRequest("/instances/new")).text
        #expect(new.contains("It is not backed up") && new.contains("Nothing is known: the server cannot be asked"))
    }

    @Test func `a migration shows where it stands, how far it is, what it is behind, and what to do next`() {
        let text = Fixture.answer(WebRequest("/migrations")).text
        for part in [
            "full copy", "7 of 12 tables, 256 MiB of about 1 GiB", "25 %", "about 75 s left", "4 KiB", "1.5 s",
            "<code>public.orders</code>", "Nothing: it is being worked on.", "it begins at 2027-02-01T00:00:00Z.",
            "value=\"250\"",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test(arguments: MigrationState.allCases) func `every state of a migration says what to do next`(
        state: MigrationState
    ) {
        var fact = MigrationFact(name: "move", source: "a", target: "b", type: "full")
        fact.show(MigrationLook(state: state, started: Fixture.now, changed: Fixture.now))
        #expect(fact.stage == state.rawValue && fact.next.hasSuffix("."))
        // A command that would be refused is not advised.
        let verb = fact.next.firstMatch(of: #/pgsteer migration (\w+) move/#).map { String($0.1) }
        switch state {
        case .paused: #expect(verb == "resume")
        case .readyToComplete: #expect(verb == "complete")
        case .completed, .cancelled, .rolledBack: #expect(verb == "delete")
        case .wayBackOpen: #expect(verb == "finish")
        case .checkFailed: #expect(verb == "check")
        case .failed: #expect(verb == "start")
        default: #expect(verb == nil)
        }
    }

    @Test func `a plan shows values, drift, impact, order and the sessions that it closes`() {
        let text = Fixture.answer(WebRequest("/plan")).text
        for part in [
            "drifted", "<code>100</code>", "<code>200</code>", "restart orders for max_connections",
            ">shop</th>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func `a mistake in the specifications and a pause are told on every page`() {
        var facts = Fixture.facts()
        facts.loop.specProblem = "specs/orders.yaml:3:5: PGS-002 <unknown>"
        facts.loop.pause = "by root at noon"
        for path in Self.paths {
            let text = Fixture.answer(WebRequest(path), facts).text
            #expect(text.contains("PGS-002 &lt;unknown&gt;") && text.contains("by root at noon"))
        }
    }

    @Test func `a fleet without instances says what to do`() {
        var facts = Fixture.facts()
        facts.instances = []
        #expect(Fixture.answer(WebRequest("/"), facts).text.contains("Write one with pgsteer init"))
    }

    @Test func `an instance that there is not is a page with a way back`() {
        let answer = Fixture.answer(WebRequest("/instances/nosuch"))
        #expect(answer.status == 404 && answer.text.contains("<a href=\"/\">The fleet</a>"))
    }

    @Test func `figures are kept for half an hour and rates come from two of them`() {
        var series = FigureSeries()
        for step in 0..<400 { series.add(Fixture.figures(at: Double(step) * 10)) }
        #expect(series.samples.count == FigureSeries.kept)
        #expect(series.rates?.transactionsPerSecond == 501)
        #expect(series.samples.last?.transactionsPerSecond == 501)
    }
}
