#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// How the loop follows a remote repository. It holds no secret: the address is without user and password.
package struct GitState: Codable, Hashable, Sendable {
    /// The address of the repository, as it may be shown.
    package var remote: String
    /// The branch, the tag or the commit that is followed.
    package var reference: String
    /// The folder or file in it.
    package var path: String
    /// When the repository last answered; nil when it has not since the loop was started.
    package var answered: Date?
    /// Since when it does not answer; nil while it does.
    package var unreachableSince: Date?
    /// What keeps newer commits from coming into force, in one sentence; nil when nothing does.
    package var problem: String?
    /// The newest commit that may come into force; nil before the first look.
    package var newest: String?
    /// The commit that waits for somebody to accept it.
    package var awaitsConsent: String?

    package init(remote: String, reference: String, path: String) {
        self.remote = remote
        self.reference = reference
        self.path = path
    }
}
