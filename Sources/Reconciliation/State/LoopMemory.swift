import Providers
import SideEffects
import Synchronization

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What the loop must not forget when it is restarted: what it has disturbed within the hour, and how far a change of the
/// specifications has come. `loop/memory.json` of the home.
package struct LoopMemory: Codable, Hashable, Sendable {
    package private(set) var formatVersion = "1"
    package var ledger = ActionLedger()
    package var rollout = Rollout()
    /// By instance; nil in files of before there were any.
    private var rejections: [String: RejectedRestart]?

    /// The restart that an instance did not come back from with its new parameters; nil when there is none.
    package subscript(rejectionOf name: String) -> RejectedRestart? {
        get { rejections?[name] }
        set {
            rejections = rejections ?? [:]
            rejections?[name] = newValue
        }
    }

    package init() {}

    /// The text of the file.
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a memory is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Reads the file; nil when it is none, or of a format that is not known.
    package init?(_ text: String) {
        guard let memory = try? JSONDecoder().decode(LoopMemory.self, from: Data(text.utf8)),
            memory.formatVersion == LoopMemory().formatVersion
        else { return nil }
        self = memory
    }

    /// What there was before is not known: budgets with a limit count as spent for an hour, and a change of the
    /// specifications begins with one instance again.
    package static func unreadable(now: Date) -> LoopMemory {
        var memory = LoopMemory()
        memory.ledger = .unreadable(now: Int(now.timeIntervalSince1970))
        return memory
    }
}

/// Keeps the loop's memory in its file: a change is written down before what it allows is done.
final class MemoryKeeper: Sendable {
    private struct State {
        var memory = LoopMemory()
        var hasTold = false
    }

    private let folder: LoopFolder
    /// Whether another process keeps the home, whose memory is left alone.
    private let isBesideLoop: Bool
    private let effects: SideEffectCounter
    private let state = Mutex(State())

    init(folder: LoopFolder, isBesideLoop: Bool, effects: SideEffectCounter) {
        self.folder = folder
        self.isBesideLoop = isBesideLoop
        self.effects = effects
    }

    /// Takes over what an earlier loop has left; returns what is to be told when that cannot be read.
    func recall(now: Date) -> LoopEvent? {
        guard folder.exists(folder.memory) else { return nil }
        if let memory = folder.text(folder.memory).flatMap(LoopMemory.init) {
            state.withLock { $0.memory = memory }
            return nil
        }
        state.withLock { $0.memory = .unreadable(now: now) }
        return LoopEvent(
            .memoryFailed,
            .warning,
            "cannot read what was restarted and deleted before, \(folder.memory): for an hour, nothing that safety limits is begun, and canaries begin anew; to go on at once, end the loop, delete the file and start the loop again"
        )
    }

    var memory: LoopMemory { state.withLock(\.memory) }

    /// Changes the memory and writes it down; returns what is to be told when it cannot be written, once.
    func change<Result: Sendable>(_ body: (inout LoopMemory) -> Result) -> (result: Result, problem: LoopEvent?) {
        state.withLock { state in
            let before = state.memory
            let result = body(&state.memory)
            guard state.memory != before, !isBesideLoop else { return (result, nil) }
            do {
                try folder.write(state.memory.text, to: folder.memory, effects)
                state.hasTold = false
                return (result, nil)
            } catch {
                defer { state.hasTold = true }
                let problem = LoopEvent(
                    .memoryFailed,
                    .warning,
                    "\(error); a loop that is started again would not know what was restarted within the hour"
                )
                return (result, state.hasTold ? nil : problem)
            }
        }
    }
}
