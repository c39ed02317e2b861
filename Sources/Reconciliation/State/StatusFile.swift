package import Providers
package import SideEffects
import Synchronization

/// Keeps the loop's state in `loop/status.json` of the home, where commands read it.
package final class StatusFile: Sendable {
    private let folder: LoopFolder
    private let effects: SideEffectCounter
    /// Whether the last state could not be written.
    private let isOld = Mutex(false)

    package init(folder: LoopFolder, effects: SideEffectCounter) {
        self.folder = folder
        self.effects = effects
    }

    /// The conditions that an earlier loop has left, by the instances' names: what is the same still, is so since then.
    package var conditions: [String: [Condition]] {
        guard let state = folder.text(folder.status).flatMap(LoopState.init) else { return [:] }
        let undeclared = (state.undeclared ?? []).map { ($0.name, [$0.condition]) }
        return Dictionary(state.instances.map { ($0.name, $0.conditions) } + undeclared) { first, _ in first }
    }

    /// Writes a state down; returns what is to be told when it cannot be written, once, and when it can be again.
    ///
    /// A state that cannot be written is not seen by commands; the loop goes on.
    package func write(_ state: LoopState) -> LoopEvent? {
        do {
            try folder.write(state.text, to: folder.status, effects)
            guard isOld.withLock({ exchange(&$0, with: false) }) else { return nil }
            return LoopEvent(.memoryFailed, "the loop's state is written to its file again: \(folder.status)")
        } catch {
            guard !isOld.withLock({ exchange(&$0, with: true) }) else { return nil }
            let effect = "until it can be, get conditions shows what was before; the loop itself goes on"
            return LoopEvent(.memoryFailed, .warning, "\(error); \(effect)")
        }
    }

    private func exchange(_ value: inout Bool, with other: Bool) -> Bool {
        defer { value = other }
        return value
    }
}
