/// What a plan is to look at besides the specifications.
package struct PlanOptions: Hashable, Sendable, Codable {
    /// Whether to remove what no specification declares any more, where it may be removed.
    package var prune: Bool
    /// Whether to list what nobody ever declared.
    package var showUnmanaged: Bool
    /// The time that expiry dates are compared with: seconds since 1970-01-01T00:00:00Z.
    package var now: Int

    package init(prune: Bool = false, showUnmanaged: Bool = false, now: Int = 0) {
        self.prune = prune
        self.showUnmanaged = showUnmanaged
        self.now = now
    }
}
