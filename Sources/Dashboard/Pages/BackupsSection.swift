#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is kept of an instance: how it stands, and its base backups.
struct BackupsSection {
    /// Nil where the instance is not backed up.
    let backups: BackupsFact?
    let now: Date

    var markup: Markup {
        guard let backups else {
            return
                "<p class=\"none\">It is not backed up. <code>backup</code> in its document says when and for how long.</p>\n"
        }
        return "\(notices(backups))\(properties(backups))\(table(backups))"
    }

    /// What is wrong comes first.
    private func notices(_ backups: BackupsFact) -> Markup {
        var texts: [String] = []
        if let failed = backups.lastFailed { texts.append("The last backup failed at \(Self.text(failed)).") }
        if let standstill = backups.standstill { texts.append("The log is not archived: \(standstill).") }
        if backups.missingFiles > 0 {
            let first = backups.firstMissing.map { ", the first is \($0)" } ?? ""
            texts.append(
                "\(backups.missingFiles) \(backups.missingFiles == 1 ? "file" : "files") of the log \(backups.missingFiles == 1 ? "is" : "are") missing\(first): no moment between there and the next backup can be restored."
            )
        }
        if let problem = backups.drill?.problem { texts.append("The last try of a restore failed: \(problem)") }
        return Markup(texts.map { "<div class=\"notice bad\"><p>\($0)</p></div>\n" })
    }

    private func properties(_ backups: BackupsFact) -> Markup {
        var items: [(String, Markup)] = []
        items.append(("Last good backup", age(backups.lastGood) ?? Badge.markup("bad", "▲", "none")))
        if let due = backups.nextDue {
            items.append(("Next due", due <= now ? "now" : Shown.time(due, now: now)))
        }
        items.append(("Schedule", backups.schedule.map { "<code>\($0)</code> UTC" } ?? "by hand"))
        items.append(("Kept for", "\(backups.keep ?? "as long as nobody removes them")"))
        let files = backups.archivedFiles
        let newest: Markup = age(backups.lastArchived).map { "<small>newest \($0)</small>" } ?? .nothing
        items.append(
            (
                "Archived log",
                "\(files) \(files == 1 ? "file" : "files"), \(Shown.bytes(backups.archivedBytes))\(newest)"
            )
        )
        items.append(
            (
                "Archive",
                backups.standstill == nil && backups.missingFiles == 0
                    ? Badge.markup("good", "●", "complete") : Badge.markup("bad", "▲", "see above")
            )
        )
        let spans = backups.restorable.prefix(3)
            .map { span -> Markup in
                let end: Markup = span.until.map { Shown.time($0, now: now) } ?? "now"
                return "<div>\(Shown.time(span.from, now: now)) to \(end)</div>"
            }
        items.append(("Can be restored to", spans.isEmpty ? "no moment" : Markup(Array(spans))))
        if let drill = backups.drill { items.append(("Last drill", self.drill(drill))) }
        if let next = backups.nextDrill {
            items.append(("Next drill", next <= now ? "now" : Shown.time(next, now: now)))
        }
        let list = items.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as Markup }
        return "<dl class=\"properties\">\n\(list)</dl>\n"
    }

    private func drill(_ drill: BackupsFact.Drill) -> Markup {
        let state = drill.problem == nil ? Badge.markup("good", "●", "good") : Badge.markup("bad", "▲", "failed")
        let seconds = drill.restoreSeconds.map { ", restored in \(Shown.duration($0))" } ?? ""
        return "\(state) <small>\(Shown.time(drill.time, now: now)), from \(drill.backup)\(seconds)</small>"
    }

    private func table(_ backups: BackupsFact) -> Markup {
        var table = MarkupTable(
            "Base backups, newest first",
            ["Backup", "Ended", "Took", "Data", "On disk", "Checked"]
        )
        for backup in backups.backups {
            table.add(
                "<code>\(backup.id)</code>",
                Shown.time(backup.ended, now: now),
                "\(Shown.duration(backup.ended.timeIntervalSince(backup.started)))",
                "\(Shown.bytes(backup.dataBytes))",
                "\(Shown.bytes(backup.bytes))",
                backup.problem.map { Badge.markup("bad", "▲", "damaged: \($0)") }
                    ?? backup.checked.map { Shown.time($0, now: now) } ?? "<span class=\"quiet\">no</span>"
            )
        }
        let rest = backups.count - backups.backups.count
        let more: Markup = rest > 0 ? "<p class=\"quiet\">and \(rest) older ones</p>\n" : .nothing
        return "<h3>Base backups</h3>\n\(table.markup(orSay: "There is none yet."))\(more)"
    }

    private func age(_ date: Date?) -> Markup? {
        date.map { "\(Shown.duration(now.timeIntervalSince($0))) ago" }
    }

    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}

/// The last statements that took long, put together by their text without values.
struct SlowStatementsSection {
    let statements: [SlowStatementFact]
    /// `log_min_duration_statement` as it is; nil when the server could not be asked.
    let threshold: String?
    let now: Date

    var markup: Markup {
        var table = MarkupTable(
            "Slow statements, those that took most time first",
            ["Statement", "Calls", "In all", "Mean", "Worst", "Worst at", "Databases"]
        )
        for statement in statements {
            table.add(
                "<code class=\"statement\">\(shortened(statement.statement))</code>",
                "\(statement.calls)",
                milliseconds(statement.totalMilliseconds),
                milliseconds(statement.meanMilliseconds),
                milliseconds(statement.worstMilliseconds),
                statement.worstTime.map { Shown.time($0, now: now) } ?? "<span class=\"quiet\">unknown</span>",
                "\(statement.databases.joined(separator: ", "))"
            )
        }
        return table.markup(orSay: nothing)
    }

    /// Enough to know it again; the API has more of it.
    private func shortened(_ statement: String) -> String {
        statement.count > Self.shownLetters ? String(statement.prefix(Self.shownLetters)) + " ..." : statement
    }

    private static let shownLetters = 300

    private var nothing: String {
        switch threshold {
        case nil: "Nothing is known: the server cannot be asked, or its log is not on this host."
        case "-1": "Statements are not timed: log_min_duration_statement is -1. Set it, for example to 1s."
        case let threshold?: "No statement took \(threshold) or longer lately (log_min_duration_statement)."
        }
    }

    private func milliseconds(_ value: Double) -> Markup {
        value < 1000 ? "\(Shown.decimal(value)) ms" : "\(Shown.duration(value / 1000))"
    }
}
