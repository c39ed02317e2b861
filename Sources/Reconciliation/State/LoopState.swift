#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What the loop knows of itself and of every instance, at one moment; a value that pages, files and commands show.
package struct LoopState: Codable, Hashable, Sendable {
    package private(set) var formatVersion = "1.0"
    package var process: Int
    package var started: Date
    /// Seconds between two looks at an instance.
    package var interval: Double
    /// Whether the loop only looks and tells.
    package var isObserveOnly: Bool
    /// Who paused the loop, when and why; nil while it is not paused.
    package var pause: String?
    /// A digest of the specifications in force.
    package var specDigest: String?
    /// The commit of the specifications in force; nil when they are not in git.
    package var commit: String?
    /// How the repository is followed; nil when the specifications are not fetched.
    package var git: GitState?
    /// What is wrong with specifications that came after those in force; nil when nothing is.
    package var specProblem: String?
    /// Instances that are there and that no specification declares any more, in the order of their names; nil when there are
    /// none.
    package var undeclared: [UndeclaredInstance]?
    /// In the order of their names.
    package private(set) var instances: [InstanceState] = []

    package init(process: Int, started: Date, interval: Double, isObserveOnly: Bool) {
        self.process = process
        self.started = started
        self.interval = interval
        self.isObserveOnly = isObserveOnly
    }

    /// One instance by its name; setting nil forgets it.
    package subscript(name: String) -> InstanceState? {
        get { instances.first { $0.name == name } }
        set {
            instances.removeAll { $0.name == name }
            guard let newValue else { return }
            let place = instances.firstIndex { $0.name > name } ?? instances.endIndex
            instances.insert(newValue, at: place)
        }
    }

    /// The text of `loop/status.json`.
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        guard let data = try? encoder.encode(self) else { preconditionFailure("a state is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Reads `loop/status.json`; nil when it is none.
    package init?(_ text: String) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let state = try? decoder.decode(LoopState.self, from: Data(text.utf8)) else { return nil }
        self = state
    }
}

/// What becomes of an instance that no specification declares any more.
package struct UndeclaredInstance: Codable, Hashable, Sendable {
    package var name: String
    /// `Declared`, which is false, with the reason and since when.
    package var condition: Condition
}

/// What the loop knows of one instance.
package struct InstanceState: Codable, Hashable, Sendable {
    package var name: String
    package var conditions: [Condition] = []
    /// A digest of the specifications that the conditions speak of.
    package var specDigest: String?
    package var lastLook: Date?
    package var nextLook: Date?
    /// How many times in a row it has failed.
    package var failures = 0
    /// What is to be done and has not been, in the order of the plan.
    package var pending: [String] = []

    package init(name: String) {
        self.name = name
    }

    package var isReady: Bool { conditions.contains { $0.type == .ready && $0.isTrue } }
    package func condition(_ type: Condition.Kind) -> Condition? { conditions.first { $0.type == type } }
}
