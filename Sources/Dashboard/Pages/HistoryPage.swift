#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Who changed what and when, newest first.
struct HistoryPage {
    let facts: FleetFacts

    var page: Page {
        Page(title: "History", place: .history, content: HistoryTable(history: facts.history, now: facts.time).markup)
    }
}

/// Actions of runs as a table.
struct HistoryTable {
    let history: [HistoryFact]
    let now: Date

    var markup: Markup {
        var table = MarkupTable(
            "Actions that runs performed, newest first",
            ["What", "When", "Who", "Impact", "Result", "Commit"]
        )
        for fact in history {
            let message: Markup = fact.message.map { "<small>\($0)</small>" } ?? .nothing
            let commit: Markup =
                fact.commit.map { "<code>\(String($0.prefix(12)))</code>" } ?? "<span class=\"quiet\">none</span>"
            table.add(
                "\(fact.summary)<small>\(fact.resource)</small>",
                "\(Shown.time(fact.started, now: now)) <small>\(Shown.duration(fact.seconds))</small>",
                "\(fact.user)<small>\(fact.verb) \(fact.run)</small>",
                Badge.impact(fact.impact),
                "\(result(fact.status))\(message)",
                commit
            )
        }
        return table.markup(orSay: "Nothing has been changed yet.")
    }

    private func result(_ status: String) -> Markup {
        switch status {
        case "performed", "alreadyDone": Badge.markup("good", "●", status == "performed" ? "done" : "was done")
        case "failed": Badge.markup("bad", "▲", "failed")
        default: Badge.markup("idle", "○", status)
        }
    }
}
