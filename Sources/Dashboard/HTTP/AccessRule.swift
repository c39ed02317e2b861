import Hashing

/// Who may read: everybody on this host who names it by a name of its own, or whoever knows the token.
package struct AccessRule: Sendable {
    /// Nil where none is asked for; only for a loopback address.
    private let key: AccessKey?

    package init(token: String?) { key = token.map(AccessKey.init) }

    enum Verdict: Hashable {
        case granted
        /// The answer instead of the page.
        case answered(WebResponse)
    }

    func verdict(on request: WebRequest) -> Verdict {
        guard let key else {
            // A page elsewhere may let its own name mean 127.0.0.1 and would then read ours (DNS rebinding). Its name
            // gives it away.
            if ListenAddress.isLoopback(Self.name(of: request.host ?? "")) { return .granted }
            return .answered(
                .plain(421, "this page is read as localhost or 127.0.0.1; another name needs a token (--token-file)")
            )
        }
        if let header = request.authorization, let token = Self.bearer(header), key.opens(token) { return .granted }
        if let cookie = request.cookie(AccessKey.cookieName), key.opens(cookie: cookie) { return .granted }
        if let token = request.parameter("token") {
            return .answered(key.opens(token) ? key.welcome(to: request.path) : Self.refusal)
        }
        return .answered(Self.refusal)
    }

    private static let refusal = WebResponse.plain(
        401,
        "a token is needed: Authorization: Bearer TOKEN, or once /?token=TOKEN in a browser",
        headers: ["www-authenticate": "Bearer realm=\"pgsteer\""]
    )

    private static func bearer(_ header: String) -> String? {
        let words = header.split(separator: " ", maxSplits: 1)
        return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
    }

    /// A `Host` without its port.
    private static func name(of host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }
}

/// A token, as its digest: the token itself is not kept.
private struct AccessKey: Sendable {
    static let cookieName = "pgsteer"

    private let digest: String
    /// Opens as well, and does not tell the token to whoever sees the browser's cookies.
    private let cookie: String

    init(_ token: String) {
        digest = SHA256.digest(token.utf8)
        cookie = SHA256.hexadecimal(SHA256.hash("pgsteer page \(token)".utf8))
    }

    func opens(_ token: String) -> Bool { Self.isSame(SHA256.digest(token.utf8), digest) }
    func opens(cookie other: String) -> Bool { Self.isSame(SHA256.digest(other.utf8), SHA256.digest(cookie.utf8)) }

    /// Keeps the right in a cookie, and takes the token out of the address, which a browser would remember.
    func welcome(to path: String) -> WebResponse {
        let isOwn = path.hasPrefix("/") && !path.hasPrefix("//")
        return .plain(
            303,
            "see \(isOwn ? path : "/")",
            headers: [
                "location": isOwn ? path : "/",
                "set-cookie": "\(Self.cookieName)=\(cookie); Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000",
            ]
        )
    }

    /// Takes as long for texts that differ early as for those that differ late; both are digests of one length.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        var difference: UInt8 = left.utf8.count == right.utf8.count ? 0 : 1
        for (first, second) in zip(left.utf8, right.utf8) { difference |= first ^ second }
        return difference == 0
    }
}
