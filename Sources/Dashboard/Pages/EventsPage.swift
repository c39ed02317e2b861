import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What happened in the loop, newest first.
struct EventsPage {
    let facts: FleetFacts

    var page: Page {
        Page(title: "Events", place: .events, content: EventList(events: facts.events, now: facts.time).markup)
    }
}

/// Events as a list.
struct EventList {
    let events: [LoopEvent]
    let now: Date
    /// Whether the page says already which instance it is about.
    var isOfOne = false

    var markup: Markup {
        if events.isEmpty { return "<p class=\"none\">Nothing has happened yet.</p>\n" }
        let items = events.map { event -> Markup in
            let kind = event.level == .error ? "bad" : event.level == .warning ? "warn" : ""
            let sign = event.level == .error ? "▲ error" : event.level == .warning ? "◐ warning" : ""
            let mark: Markup = sign.isEmpty ? .nothing : "<span class=\"level\">\(sign)</span> "
            let name: Markup =
                isOfOne ? .nothing : event.instance.map { "\(Markup.link(toInstance: $0)): " } ?? .nothing
            return
                "<li class=\"\(kind)\">\(Shown.time(event.time, now: now)) <span>\(mark)\(name)\(event.message)</span></li>\n"
        }
        return "<ol class=\"events\">\n\(items)</ol>\n"
    }
}
