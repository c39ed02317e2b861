/// What of a request anything here depends on.
package struct WebRequest: Sendable, Hashable {
    package var method: String
    /// Path and query as the client sent them.
    package var target: String
    /// The `Host` that the client named.
    package var host: String?
    package var authorization: String?
    package var cookie: String?
    package var accept: String?

    package init(
        _ target: String,
        method: String = "GET",
        host: String? = "localhost",
        authorization: String? = nil,
        cookie: String? = nil,
        accept: String? = nil
    ) {
        self.method = method
        self.target = target
        self.host = host
        self.authorization = authorization
        self.cookie = cookie
        self.accept = accept
    }

    /// Whether the client has named a token, right or wrong, for this request; a browser's cookie may be of an earlier one.
    package var namesToken: Bool { authorization != nil || parameter("token") != nil }

    /// The path without its query.
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// The parts of the path, decoded; nil when one of them is not text.
    package var parts: [String]? {
        var parts: [String] = []
        for part in path.split(separator: "/") {
            guard let decoded = Self.decoded(part) else { return nil }
            parts.append(decoded)
        }
        return parts
    }

    /// A value of the query; the first one counts.
    package func parameter(_ name: String) -> String? {
        guard let start = target.firstIndex(of: "?") else { return nil }
        for pair in target[target.index(after: start)...].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = sides.first, Self.decoded(key) == name else { continue }
            return sides.count == 2 ? Self.decoded(sides[1]) : ""
        }
        return nil
    }

    /// The value of a cookie.
    package func cookie(_ name: String) -> String? {
        for pair in (cookie ?? "").split(separator: ";") {
            let sides = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if sides.count == 2, sides[0] == name { return String(sides[1]) }
        }
        return nil
    }

    /// Percent encoding undone (RFC 3986, section 2.1); nil for what is broken or is not UTF-8.
    private static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
