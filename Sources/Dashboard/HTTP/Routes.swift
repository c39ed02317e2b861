/// From a request to its answer; nothing here waits, reads a file, or changes anything.
package struct Routes: Sendable {
    private let access: AccessRule

    package init(access: AccessRule) { self.access = access }

    /// - Parameter ask: Called only when the answer shows any.
    package func response(to request: WebRequest, facts ask: () -> FleetFacts) -> WebResponse {
        guard ["GET", "HEAD"].contains(request.method) else {
            return .plain(405, "everything here is only read", headers: ["allow": "GET, HEAD"])
        }
        guard let parts = request.parts else { return .plain(400, "the path is not text in percent encoding") }
        // Whoever starts and watches the program may ask without a token; the answer tells nothing else.
        switch parts {
        case ["livez"]: return .plain(200, "ok")
        case ["readyz"]:
            return ask().isReady ? .plain(200, "ok") : .plain(503, "not every instance has been looked at yet")
        default: break
        }
        if case .answered(let answer) = access.verdict(on: request) { return answer }
        if let asset = asset(parts) { return asset }
        let facts = ask()
        if parts.first == "api" { return API(facts: facts).response(to: Array(parts.dropFirst())) }
        if parts == ["metrics"] { return MetricsText(facts: facts).response(accept: request.accept) }
        let page = page(parts, facts)
        let shown = page ?? notFound
        return WebResponse(page == nil ? 404 : 200, type: "text/html; charset=utf-8", .text(shown.document(facts)))
    }

    private func asset(_ parts: [String]) -> WebResponse? {
        switch parts {
        case ["style.css"]: WebResponse(type: "text/css; charset=utf-8", .text(StyleSheet.text))
        case ["live.js"]: WebResponse(type: "text/javascript; charset=utf-8", .text(LiveScript.text))
        case ["icon.svg"]: WebResponse(type: "image/svg+xml", .text(Icon.text))
        case ["stream"]: WebResponse(type: "text/event-stream", .changes)
        default: nil
        }
    }

    private func page(_ parts: [String], _ facts: FleetFacts) -> Page? {
        if parts.count == 2, parts[0] == "instances" {
            return facts.instance(parts[1]).map { InstancePage(instance: $0, facts: facts).page }
        }
        return switch parts {
        case []: FleetPage(facts: facts).page
        case ["plan"]: PlanPage(facts: facts).page
        case ["migrations"]: MigrationsPage(facts: facts).page
        case ["events"]: EventsPage(facts: facts).page
        case ["history"]: HistoryPage(facts: facts).page
        default: nil
        }
    }

    private var notFound: Page {
        Page(
            title: "Not found",
            content:
                "<p class=\"none\">There is no such page or instance. <a href=\"/\">The fleet</a> shows all there are.</p>\n"
        )
    }
}
