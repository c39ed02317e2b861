package import FleetModel
package import PostgresClient
package import Resources
import SQL
import SpecSchema

/// Asks both ends of a migration, side by side and read-only, and lets every check decide.
package struct CheckRun: Sendable {
    /// How to get to one end.
    package enum Approach: Sendable {
        case connection(ConnectionTarget)
        /// Why there is no way, such as an instance that does not exist yet.
        case none(String)
    }

    private let migration: Migration
    private let source: Approach
    private let target: Approach
    private let endpoint: EndpointFacts?
    private let obstacles: [PhysicalObstacle]

    /// - Parameters:
    ///   - source: The source's database, as the account that reads it.
    ///   - target: The target's database, as the account that writes it.
    ///   - endpoint: What is behind the endpoint of the source; nil unless both ends are instances that this home keeps.
    ///   - obstacles: What keeps all of one instance from becoming another's.
    package init(
        _ migration: Migration,
        source: Approach,
        target: Approach,
        endpoint: EndpointFacts? = nil,
        obstacles: [PhysicalObstacle] = []
    ) {
        self.endpoint = endpoint
        self.obstacles = obstacles
        self.migration = migration
        self.source = source
        self.target = target
    }

    /// Returns what every check found, whatever is wrong with the ends.
    package func report() async -> CheckReport {
        let checks = CheckCatalogue.checks
        let needed = checks.filter { $0.applies(to: migration) }
        async let sourceFacts = Self.facts(source, Set(needed.flatMap(\.source)))
        async let targetFacts = Self.facts(target, Set(needed.flatMap(\.target)))
        var facts = CheckFacts(migration: migration, source: await sourceFacts, target: await targetFacts)
        facts.obstacles = obstacles
        facts.way = await way(facts)
        facts.wayBack = await wayBack(facts)
        facts.endpoint = endpoint
        let decided = facts
        return CheckReport(migration, checks.map { $0.result(decided) })
    }

    /// Tries the way that changes will take, when they will be followed and both ends are there.
    private func way(_ facts: CheckFacts) async -> WayFacts? {
        guard migration.type.value == .fullAndIncremental, !migration.isPhysical, facts.source.problem == nil,
            facts.target.problem == nil,
            case .connection(let source) = source, case .connection(let target) = target
        else { return nil }
        let (here, there) = (facts.target.server, facts.source.server)
        guard here.isTrue("may_subscribe"), there.isTrue("may_replicate"), there.version >= 100_000,
            !here.isTrue("standby")
        else { return nil }
        return WayFacts(result: await WayProbe(source: source, target: target).result())
    }

    /// Tries the way that changes of the target will take to the source after the cut-over.
    private func wayBack(_ facts: CheckFacts) async -> WayFacts? {
        guard CheckOccasion.wayBack.applies(to: migration), facts.source.problem == nil, facts.target.problem == nil,
            case .connection(let source) = source, case .connection(let target) = target
        else { return nil }
        let (here, there) = (facts.source.server, facts.target.server)
        guard here.isTrue("may_subscribe"), there.isTrue("may_replicate"), here.version >= 100_000,
            !here.isTrue("standby")
        else { return nil }
        return WayFacts(result: await WayProbe(source: target, target: source).result())
    }

    /// A question that is refused leaves the others alone; a connection that breaks ends them all.
    private static func facts(_ approach: Approach, _ questions: Set<Question>) async -> EndFacts {
        var facts = EndFacts()
        let target: ConnectionTarget
        switch approach {
        case .connection(let way): target = way
        case .none(let problem):
            facts.problem = problem
            return facts
        }
        do throws(PostgresError) {
            let connection = try await PostgresConnection.open(target)
            _ = try await connection.query("SET default_transaction_read_only TO on")
            let version = await connection.serverVersion
            for question in Question.allCases where questions.contains(question) {
                guard let statement = question.statement(version) else { continue }
                do throws(PostgresError) {
                    facts.answers[question] = try await connection.query(statement)
                } catch {
                    if error.isConnectionFailure { throw error }
                    facts.refusals[question] = error.sentence
                }
            }
            facts.freeBytes = await ServerDisk.room(of: connection)?.free
            await connection.close()
        } catch {
            facts.problem = error.sentence
        }
        return facts
    }
}

extension PostgresError {
    /// What the server or libpq said, as a part of a sentence: in one line, without a full stop.
    var sentence: String {
        var text = message.split(whereSeparator: \.isNewline)
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }.joined(separator: "; ")
        while let last = text.last, ".?".contains(last) { text.removeLast() }
        return text
    }
}
