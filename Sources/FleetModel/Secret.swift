/// A value that must never be shown; the only way to its text is to ask for it by name.
package struct Secret: Hashable, Sendable {
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    /// The value itself, for deriving a verifier or for a child process's environment, and for nothing else.
    package var revealed: String { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "****" }
    package var debugDescription: String { "****" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where a secret's value is kept.
package enum SecretReference: Hashable, Sendable {
    /// A variable of the environment.
    case environment(String)
    /// A file, by a path that means the same wherever the reference is used.
    case file(String)
}

extension SecretReference: CustomStringConvertible {
    package var description: String {
        switch self {
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        }
    }
}
