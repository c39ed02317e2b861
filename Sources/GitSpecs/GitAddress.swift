/// The address of a repository: what git is given, and what may be shown.
package struct GitAddress: Hashable, Sendable {
    /// Why an address is not taken, without repeating it: it may hold what nobody should read.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// As git is given it. Never in argv, in a log or in a state.
    let text: String
    /// Without user, password and query.
    package let shown: String
    /// The same for every way to write the address of one repository.
    package let identity: String
    /// Parts that nobody should read; git shows the address also without its user.
    private var hidden: [String] = []

    private static let schemes = ["https", "http", "ssh", "git", "file"]

    /// Reads `https://host/path`, `ssh://user@host/path`, `user@host:path`, `file:///path` and paths of this host.
    ///
    /// - Parameter folder: What a path that does not start with a slash counts from.
    package init(_ text: String, from folder: String) throws(Refusal) {
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 }) else {
            throw Refusal(description: "an address of a repository has no spaces and no control characters")
        }
        guard !text.hasPrefix("-"), !text.contains("::") else {
            throw Refusal(
                description: "an address of a repository is https://, ssh://, git://, file://, HOST:PATH or a path"
            )
        }
        if let scheme = text.firstRange(of: "://") {
            try self.init(scheme: text[..<scheme.lowerBound].lowercased(), rest: text[scheme.upperBound...])
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            try self.init(host: text[..<colon], path: text[text.index(after: colon)...])
        } else {
            self.init(path: text.hasPrefix("/") ? text : "\(folder)/\(text)")
        }
    }

    /// `scheme://[user[:password]@]host[:port]/path[?query]`
    private init(scheme: String, rest: Substring) throws(Refusal) {
        guard Self.schemes.contains(scheme) else {
            throw Refusal(
                description: "repositories are reached by \(Self.schemes.joined(separator: ", ")), not by \(scheme)"
            )
        }
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count).prefix { $0 != "?" && $0 != "#" }
        let user = authority.lastIndex(of: "@").map { authority[..<$0] }
        if let user, user.contains(":") { throw Self.password }
        let host = user == nil ? authority : authority.dropFirst((user?.count ?? 0) + 1)
        text = "\(scheme)://\(rest)"
        // Some services take a token as the name of a user.
        shown = scheme == "ssh" ? "ssh://\(authority)\(path)" : "\(scheme)://\(host)\(path)"
        let query = rest.dropFirst(authority.count + path.count)
        let account = scheme == "ssh" && user != nil ? "\(user ?? "")@" : ""
        let place = Self.plain(path)
        identity =
            scheme == "file"
            ? place : "\(scheme)://\(account)\(host.lowercased())\(Self.withoutSuffix(place))\(query)"
        hidden = [scheme == "ssh" ? "" : "\(user ?? "")@", String(query)].filter { $0.count > 1 }
    }

    /// A text of git without what nobody should read.
    package func hide(in text: String) -> String {
        hidden.reduce(text.replacing(self.text, with: shown)) { $0.replacing($1, with: "") }
    }

    private init(path: String) {
        text = path
        shown = path
        identity = Self.plain(path[...])
    }

    /// `[user@]host:path`
    private init(host: Substring, path: Substring) throws(Refusal) {
        // user:password@host:path would be a host called user.
        if path.contains("@") { throw Self.password }
        text = "\(host):\(path)"
        shown = text
        let user = host.lastIndex(of: "@").map { host[...$0] } ?? ""
        identity = "\(user)\(host.dropFirst(user.count).lowercased()):\(Self.withoutSuffix(Self.plain(path)))"
    }

    /// A path without what changes nothing of it.
    private static func plain(_ path: Substring) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        // The repository of a working tree.
        if parts.last == ".git" { parts.removeLast() }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// Hosting services take `name` and `name.git` for the same; on a disk they may be two.
    private static func withoutSuffix(_ path: String) -> String {
        path.hasSuffix(".git") ? String(path.dropLast(4)) : path
    }

    private static var password: Refusal {
        Refusal(
            description:
                "a password does not belong into an address, where ps and logs show it; use an ssh key, a credential helper or GIT_ASKPASS"
        )
    }
}

extension GitAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { shown }
    package var debugDescription: String { shown }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
