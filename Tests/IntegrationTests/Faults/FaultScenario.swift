import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One scenario of `Tests/Fixtures/faults.txt`.
struct FaultScenario: Sendable, CustomTestStringConvertible {
    enum Word: String { case given, when, then }

    struct Step: Sendable {
        var word: Word
        var sentence: String
    }

    struct Mistake: Error { var text: String }

    var number: Int
    var title: String
    var steps: [Step] = []

    var testDescription: String { "\(number) \(title)" }
    /// Whether a disk of its own has to be mounted.
    var needsDisks: Bool { steps.contains { $0.word == .when && $0.sentence.contains("disk") } }
    var givens: [String] { steps.filter { $0.word == .given }.map(\.sentence) }

    static func all() throws -> [FaultScenario] {
        let path = PostgresInstallations.root + "/Tests/Fixtures/faults.txt"
        return try parse(try String(contentsOfFile: path, encoding: .utf8))
    }

    static func parse(_ text: String) throws -> [FaultScenario] {
        var scenarios: [FaultScenario] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard let first = words.first, words.count == 2 else { throw Mistake(text: String(line)) }
            let rest = String(words[1].drop { $0 == " " })
            if !line.hasPrefix(" ") {
                guard let number = Int(first) else { throw Mistake(text: String(line)) }
                scenarios.append(FaultScenario(number: number, title: rest))
                continue
            }
            guard var scenario = scenarios.popLast() else { throw Mistake(text: String(line)) }
            guard let word = first == "and" ? scenario.steps.last?.word : Word(rawValue: String(first)) else {
                throw Mistake(text: String(line))
            }
            scenario.steps.append(Step(word: word, sentence: rest))
            scenarios.append(scenario)
        }
        return scenarios
    }
}
