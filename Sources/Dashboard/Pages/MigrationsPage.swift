import Reconciliation
import Resources

/// The declared migrations: where each stands, how far it is, and what to do next.
struct MigrationsPage {
    let facts: FleetFacts

    var page: Page {
        guard !facts.migrations.isEmpty else {
            let text: Markup =
                "<p class=\"none\">No migration is declared. A document of kind Migration moves a database from one server to another; see <code>pgsteer explain Migration</code>.</p>\n"
            return Page(title: "Migrations", place: .migrations, content: text)
        }
        return Page(title: "Migrations", place: .migrations, content: Markup(facts.migrations.map(section)))
    }

    private func section(_ migration: MigrationFact) -> Markup {
        let id = Markup.pathPart(migration.name)
        // Elsewhere the message says what to do next, as the next line does.
        let hasFailed = [MigrationState.failed, .checkFailed].map(\.rawValue).contains(migration.stage)
        let message: Markup =
            migration.message.flatMap { text in
                hasFailed ? "<div class=\"notice bad\"><p>\(text)</p></div>\n" as Markup : nil
            } ?? .nothing
        return """
            <section aria-labelledby="\(id)"><h2 id="\(id)">\(migration.name) \(badge(migration))</h2>
            \(message)<p><strong>Next:</strong> \(migration.next)</p>
            \(progress(migration))\(properties(migration))\(running(migration))</section>

            """
    }

    private func badge(_ migration: MigrationFact) -> Markup {
        guard let stage = migration.stage, let state = MigrationState(rawValue: stage) else {
            return Badge.markup("idle", "○", "not begun")
        }
        return switch state {
        case .completed, .wayBackOpen: Badge.markup("good", "●", stage)
        case .failed, .checkFailed: Badge.markup("bad", "▲", stage)
        case .cancelled, .rolledBack: Badge.markup("idle", "○", stage)
        case .paused, .readyToComplete, .checking, .checkPassed, .preparing, .structure, .fullCopy, .incrementalSync,
            .completing, .rollingBack:
            Badge.markup("warn", "◐", stage)
        }
    }

    /// The copy as a whole; a bar for those who see it, and a sentence.
    private func progress(_ migration: MigrationFact) -> Markup {
        guard let progress = migration.progress, progress.tables > 0 else { return .nothing }
        let percent = Shown.percent(progress.share ?? 0)
        var parts = [
            "\(progress.tablesDone) of \(progress.tables) tables",
            "\(Shown.bytes(progress.bytesDone)) of about \(Shown.bytes(progress.bytes))",
        ]
        if let rate = progress.bytesPerSecond { parts.append("\(Shown.bytes(Int(rate)))/s") }
        if let rest = progress.remainingSeconds { parts.append("about \(Shown.duration(rest)) left") }
        return """
            <div class="progress"><progress max="1000" value="\(Int((progress.share ?? 0) * 1000))" \
            aria-label="Copied of \(migration.name)">\(percent)</progress> <span>\(percent): \(parts.joined(separator: ", "))</span></div>

            """
    }

    private func properties(_ migration: MigrationFact) -> Markup {
        var items: [(String, Markup)] = [
            ("From", "\(migration.source)"), ("To", "\(migration.target)"), ("Type", "\(migration.type)"),
        ]
        if let started = migration.started { items.append(("Begun", Shown.time(started, now: facts.time))) }
        if let since = migration.since { items.append(("As it is since", Shown.time(since, now: facts.time))) }
        if let gap = migration.lagBytes { items.append(("Gap", "\(Shown.bytes(gap))")) }
        if let lag = migration.lagSeconds { items.append(("Lag", "\(Shown.duration(lag))")) }
        if let problem = migration.problem { items.append(("Problem", Badge.markup("bad", "▲", problem))) }
        if let verification = migration.verification {
            let mark = migration.isVerified ?? true ? Markup.nothing : " \(Badge.markup("bad", "▲", "not equal"))"
            items.append(("Verification", "\(verification)\(mark)"))
        }
        if let pause = migration.writePauseMilliseconds { items.append(("Write pause", "\(pause) ms")) }
        if let endpoint = migration.endpoint { items.append(("Endpoint", "\(endpoint)")) }
        for leftover in migration.leftovers { items.append(("Left behind", "\(leftover)")) }
        let list = items.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as Markup }
        return "<dl class=\"properties\">\n\(list)</dl>\n"
    }

    private func running(_ migration: MigrationFact) -> Markup {
        guard let progress = migration.progress, !progress.running.isEmpty else { return .nothing }
        var table = MarkupTable("Copied now", ["Table", "Size on the source", "Sent in this run", "Rows sent"])
        table.isCaptionHidden = false
        for item in progress.runningTables {
            table.add(
                "<code>\(item.name)</code>",
                "\(Shown.bytes(item.bytes))",
                "\(Shown.bytes(item.movedBytes))",
                "\(item.rows)"
            )
        }
        return table.markup(orSay: "Nothing is known of it.")
    }
}
