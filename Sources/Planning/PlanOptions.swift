/// What a plan is to look at besides the specifications.
package struct PlanOptions: Hashable, Sendable, Codable {
    /// Whether to remove what no specification declares any more, where it may be removed.
    package var prune: Bool
    /// Whether to list what nobody ever declared.
    package var showUnmanaged: Bool

    package init(prune: Bool = false, showUnmanaged: Bool = false) {
        self.prune = prune
        self.showUnmanaged = showUnmanaged
    }
}
