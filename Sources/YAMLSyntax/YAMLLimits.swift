/// How much of a document is read before it is refused; hostile input ends here, in bounded time and memory.
package struct YAMLLimits: Sendable {
    /// Bytes of one file.
    package var fileSize = 16 << 20
    /// Lists and mappings inside each other.
    package var depth = 64
    /// Nodes of one file as written.
    package var nodes = 2_000_000
    /// Nodes of one file that aliases add when they are replaced by what they stand for.
    package var aliasedNodes = 100_000

    /// Errors of one file, or of one piece of a large one; nobody reads more.
    package var errors = 1000

    package init() {}
}
