import Glibc
package import SideEffects

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the reconcile loop of a home and the commands that speak with it keep: who runs it, its state, wishes.
///
/// All of it may be deleted: what is decided by it is whether the loop is paused, and how much it may disturb now.
package struct LoopFolder: Hashable, Sendable {
    let path: String

    /// Held by the one process that keeps this home; the others stand by.
    package var lock: String { path + "/lock" }
    /// The loop's state, as JSON.
    package var status: String { path + "/status.json" }
    /// What the loop must not forget when it is restarted, as JSON.
    package var memory: String { path + "/memory.json" }
    /// The specifications that were in force last, as JSON.
    package var specifications: String { path + "/specifications.json" }
    /// There while the loop is to do nothing.
    package var pause: String { path + "/paused" }
    /// What notifications have been sent, and which wait.
    package var notifications: String { path + "/notifications.json" }
    private var wishes: String { path + "/wishes" }

    /// Makes the folder.
    package func make(_ effects: SideEffectCounter) throws(ProviderError) {
        try LocalFiles(effects: effects).makeFolder(wishes, mode: 0o700)
    }

    /// Writes one of the files whole.
    package func write(_ text: String, to file: String, _ effects: SideEffectCounter) throws(ProviderError) {
        try LocalFiles(effects: effects).write(text, to: file, mode: 0o600)
    }

    package func remove(_ file: String, _ effects: SideEffectCounter) throws(ProviderError) {
        try LocalFiles(effects: effects).remove(file)
    }

    /// Returns one of the files' text; nil when it is not there.
    package func text(_ file: String) -> String? { LocalFiles.text(file) }

    package func exists(_ file: String) -> Bool { LocalFiles.exists(file) }

    /// Whether a process keeps this home now.
    package var isKept: Bool { FileLock.isHeld(lock) }

    // MARK: Wishes

    /// Asks the loop to look at an instance now.
    ///
    /// - Parameter isUrgent: Whether what disturbs need not wait for a maintenance window.
    package func wish(for instance: String, isUrgent: Bool, _ effects: SideEffectCounter) throws(ProviderError) {
        try make(effects)
        try LocalFiles(effects: effects)
            .write(isUrgent ? "urgent\n" : "look\n", to: "\(wishes)/\(instance)", mode: 0o600)
    }

    /// Returns the wishes there are, by instance, with whether they are urgent, and takes them away.
    package func takeWishes(_ effects: SideEffectCounter) -> [String: Bool] {
        var found: [String: Bool] = [:]
        for name in LocalFiles.names(in: wishes) where !name.hasSuffix(".pgsteer-new") {
            found[name] = LocalFiles.text("\(wishes)/\(name)") == "urgent\n"
            try? LocalFiles(effects: effects).remove("\(wishes)/\(name)")
        }
        return found
    }
}
