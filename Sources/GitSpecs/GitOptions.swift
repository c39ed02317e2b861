/// Which repository the loop follows, and how.
package struct GitOptions: Sendable {
    package var address: GitAddress
    package var reference: GitReference
    /// The folder or file with the specifications, from the root of the repository; `.` for all of it.
    package var path: String
    /// Seconds between two looks at the remote.
    package var interval: Int
    /// Seconds that one call of git may take.
    package var timeLimit = 60
    /// Whose signature a commit needs; nil for none.
    package var trust: SignatureTrust?

    package init(address: GitAddress, reference: GitReference, path: String, interval: Int) {
        self.address = address
        self.reference = reference
        self.path = path
        self.interval = interval
    }

    /// A path inside of a repository in its one spelling: `specs`, `a/b`, `.`; nil for what would leave it.
    package static func path(_ text: String) -> String? {
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.contains(".."), !text.contains("\0"), !text.contains("\n") else {
            return nil
        }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}

/// Whose signatures count.
package enum SignatureTrust: Hashable, Sendable {
    /// A file of allowed signers (man ssh-keygen).
    case signers(file: String)
    /// A folder of GnuPG's in which every key is trusted.
    case keyring(home: String)
}
