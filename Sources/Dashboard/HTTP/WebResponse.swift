/// What a client gets.
package struct WebResponse: Sendable, Hashable {
    package enum Body: Sendable, Hashable {
        case text(String)
        /// One event each time that something has changed, until the client goes.
        case changes
    }

    package var status: Int
    /// With lower-case names.
    package var headers: [String: String]
    package var body: Body

    package init(_ status: Int = 200, type: String, _ body: Body, headers: [String: String] = [:]) {
        self.status = status
        self.body = body
        self.headers = Self.common.merging(headers) { $1 }
        self.headers["content-type"] = type
    }

    /// The page asks nobody else for anything, runs one script of its own and is shown in nobody's frame.
    private static let common = [
        "cache-control": "no-store",
        "content-security-policy": [
            "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "img-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ]
        .joined(separator: "; "),
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    ]

    package var text: String { if case .text(let text) = body { text } else { "" } }

    package static func plain(_ status: Int, _ text: String, headers: [String: String] = [:]) -> WebResponse {
        WebResponse(status, type: "text/plain; charset=utf-8", .text(text + "\n"), headers: headers)
    }

    package static let tooManyStreams = plain(
        503,
        "too many event streams are open; the page itself still works",
        headers: ["retry-after": "30"]
    )
}
