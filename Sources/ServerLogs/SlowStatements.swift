#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Statements that took long, put together by their text without values.
package struct SlowStatements: Sendable {
    /// All statements of one text.
    package struct Group: Encodable, Hashable, Sendable {
        package var statement: String
        package var calls: Int
        package var totalMilliseconds: Double
        package var worstMilliseconds: Double
        /// When the worst of them ended.
        package var worstTime: Date?
        package var databases: [String]

        package var meanMilliseconds: Double { totalMilliseconds / Double(calls) }

        private enum CodingKeys: String, CodingKey {
            case statement, calls, totalMilliseconds, meanMilliseconds, worstMilliseconds, worstTime, databases
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(statement, forKey: .statement)
            try container.encode(calls, forKey: .calls)
            try container.encode(totalMilliseconds, forKey: .totalMilliseconds)
            try container.encode(meanMilliseconds, forKey: .meanMilliseconds)
            try container.encode(worstMilliseconds, forKey: .worstMilliseconds)
            try container.encodeIfPresent(worstTime, forKey: .worstTime)
            try container.encode(databases, forKey: .databases)
        }

        fileprivate init(_ statement: String) {
            self.statement = statement
            calls = 0
            totalMilliseconds = 0
            worstMilliseconds = 0
            databases = []
        }
    }

    private var byText: [String: Group] = [:]

    package init() {}

    /// Takes an entry; one that is no timed statement changes nothing, nor does parsing or binding one.
    package mutating func add(_ entry: LogEntry) {
        guard let milliseconds = entry.milliseconds, let statement = entry.statement, entry.message.hasSuffix(" ms")
        else { return }
        let text = StatementText.normalised(statement)
        var group = byText[text] ?? Group(text)
        group.calls += 1
        group.totalMilliseconds += milliseconds
        if milliseconds >= group.worstMilliseconds {
            (group.worstMilliseconds, group.worstTime) = (milliseconds, entry.time)
        }
        if let database = entry.database, !group.databases.contains(database) {
            group.databases = (group.databases + [database]).sorted()
        }
        byText[text] = group
    }

    /// Those that took the most time in all come first.
    package var groups: [Group] {
        byText.values.sorted { ($1.totalMilliseconds, $0.statement) < ($0.totalMilliseconds, $1.statement) }
    }
}
