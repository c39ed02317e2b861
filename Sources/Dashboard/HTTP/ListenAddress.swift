/// Where the page listens: `127.0.0.1:7432`, `[::1]:7432`, `localhost:0`.
package struct ListenAddress: Sendable, Hashable {
    package var host: String
    package var port: Int

    /// Reads `HOST:PORT`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// The same host with the port that the system chose.
    package func with(port: Int) -> ListenAddress {
        var address = self
        address.port = port
        return address
    }

    /// Whether only programs of this host reach it.
    package var isLoopback: Bool { Self.isLoopback(host) }

    /// Whether a name means this host itself, whoever resolves it.
    static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1"].contains(host.lowercased()) { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
