import Reconciliation

/// One page: a title, and what it shows; the frame around it is the same for all.
struct Page {
    /// The pages that the navigation names.
    enum Place: CaseIterable {
        case fleet
        case plan
        case migrations
        case events
        case history

        var path: String {
            switch self {
            case .fleet: "/"
            case .plan: "/plan"
            case .migrations: "/migrations"
            case .events: "/events"
            case .history: "/history"
            }
        }

        var title: String {
            switch self {
            case .fleet: "Fleet"
            case .plan: "Plan"
            case .migrations: "Migrations"
            case .events: "Events"
            case .history: "History"
            }
        }
    }

    var title: String
    /// Nil for a page that the navigation does not name.
    var place: Place?
    var content: Markup

    /// The whole document.
    func document(_ facts: FleetFacts) -> String {
        let links = Place.allCases.map { place -> Markup in
            let mark: Markup = place == self.place ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(place.path)\"\(mark)>\(place.title)</a></li>"
        }
        let document: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) - pgsteer</title>
            <link rel="stylesheet" href="/style.css">
            <link rel="icon" href="/icon.svg" type="image/svg+xml">
            <script src="/live.js" defer></script>
            </head>
            <body>
            <a class="skip" href="#content">Skip to content</a>
            <header>
            <a class="brand" href="/">pgsteer</a>
            <nav aria-label="Pages"><ul>\(links)</ul></nav>
            <p id="live" role="status"></p>
            </header>
            <main id="content" tabindex="-1">
            <h1>\(title)</h1>
            \(Self.notices(facts))\(content)<p class="asof">As of \(Shown.time(facts.time, now: facts.time)) UTC, process \(facts.loop.process), \
            a look every \(Shown.decimal(facts.loop.interval)) s.\(Self.revision(facts))</p>
            </main>
            </body>
            </html>

            """
        return document.text
    }

    /// What everybody should know who looks at any page.
    private static func notices(_ facts: FleetFacts) -> Markup {
        var notices: [Markup] = []
        if let problem = facts.loop.specProblem {
            notices.append(
                """
                <div class="notice bad"><h2>The newest specifications have a mistake</h2>
                <p>What was in force before stays in force until it is mended.</p><pre>\(problem)</pre></div>

                """
            )
        }
        if let problem = facts.loop.git?.problem {
            let since = facts.loop.git?.unreachableSince
                .map { since -> Markup in
                    "Since \(Shown.time(since, now: facts.time)) nothing newer is known"
                }
            notices.append(
                "<div class=\"notice warn\"><h2>\(since ?? "Newer commits wait")</h2><p>\(problem)</p></div>\n"
            )
        }
        if let pause = facts.loop.pause {
            notices.append(
                "<div class=\"notice warn\"><h2>The loop is paused</h2><p>\(pause). Nothing is changed, and no server that dies is brought back, until <code>pgsteer resume</code>.</p></div>\n"
            )
        }
        if facts.loop.isObserveOnly {
            notices.append(
                "<div class=\"notice\"><p>The loop only observes: it tells what differs, and changes nothing.</p></div>\n"
            )
        }
        return Markup(notices)
    }

    private static func revision(_ facts: FleetFacts) -> Markup {
        if let commit = facts.loop.commit {
            return " Specifications of commit <code>\(String(commit.prefix(12)))</code>."
        }
        return facts.loop.specDigest == nil ? " No specifications are in force yet." : ""
    }
}

/// A state in one word; its sign tells it apart without colours.
enum Badge {
    static func markup(_ kind: String, _ sign: String, _ text: String) -> Markup {
        "<span class=\"badge \(kind)\"><span aria-hidden=\"true\">\(sign)</span> \(text)</span>"
    }

    static func of(_ instance: InstanceFacts) -> Markup {
        if instance.state == "running" || instance.state == "unknown" || instance.state == "absent" {
            guard let condition = instance.foremost else { return markup("idle", "○", "not looked at yet") }
            return of(condition)
        }
        return markup("bad", "▲", instance.state)
    }

    static func of(_ condition: Condition) -> Markup {
        switch condition.type {
        case .ready where condition.isTrue: markup("good", "●", "Ready")
        case .ready: markup("warn", "◐", "Not ready")
        case .reconciling: markup("warn", "◐", "Reconciling")
        case .stalled: markup("bad", "▲", "Stalled")
        case .backedUp where condition.isTrue: markup("good", "●", "Backed up")
        case .backedUp: markup("warn", "◐", "Backups need a look")
        case .declared: markup("warn", "◐", "Not declared")
        }
    }

    static func impact(_ impact: String) -> Markup {
        switch impact {
        case "none": "<span class=\"quiet\">none</span>"
        case "reload": markup("idle", "○", impact)
        case "restart", "switchover": markup("warn", "◐", impact)
        default: markup("bad", "▲", impact)
        }
    }
}

extension Markup {
    /// A link to the page of an instance.
    static func link(toInstance name: String) -> Markup { "<a href=\"/instances/\(pathPart(name))\">\(name)</a>" }
}
