import Diagnostics
import FleetModel
import SpecSchema
import Testing

@testable import Resources

private let place = SourceRange.nowhere

/// Settings of roles and databases, which the server stores as they were spelled.
@Suite struct SessionSettingsTests {
    /// Differences as `name observed -> desired`; `-` stands for nothing.
    private func differences(
        _ observed: [String: String],
        _ desired: [String: String],
        applied: [String] = []
    ) -> [String] {
        let settings = SessionSettings(
            desired.map { NamedValue(name: Located($0.key, at: place), value: Located($0.value, at: place)) }
        )
        return SessionSettings.differences("settings", observed: observed, desired: settings, applied: applied)
            .map { "\($0.path.dropFirst(9)) \($0.observed ?? "-") -> \($0.desired ?? "-")" }
    }

    @Test func `the letter case of a name is no difference, and what is stored keeps its spelling`() {
        #expect(differences(["My.Thing": "x"], ["my.thing": "x"]) == [])
        #expect(differences(["My.Thing": "x"], ["my.thing": "y"]) == ["My.Thing x -> y"])
        #expect(differences(["My.Thing": "x"], [:], applied: ["my.Thing"]) == ["My.Thing x -> -"])
        #expect(differences(["My.Thing": "x"], [:], applied: []) == [])
        #expect(differences(["My.Thing": "x"], ["my.thing": "x"], applied: ["My.Thing"]) == [])
        #expect(differences([:], ["My.Thing": "x"]) == ["My.Thing - -> x"])
    }

    @Test func `what sessions have set under two spellings becomes one value`() {
        #expect(differences(["My.Thing": "x", "my.thing": "y"], ["my.thing": "x"]) == ["my.thing y -> -"])
        #expect(
            differences(["A.b": "1", "a.b": "2"], ["a.B": "3"]) == ["A.b 1 -> -", "a.b 2 -> -", "a.B - -> 3"]
        )
    }

    @Test(arguments: [
        ("DateStyle", "iso,dmy", "ISO, DMY", true), ("DateStyle", "European, SQL", "sql,dmy", true),
        ("DateStyle", "ISO", "ISO, MDY", false), ("TimeZone", "europe/berlin", "Europe/Berlin", true),
        ("my.thing", "a", "A", false), ("work_mem", "8192kB", "8MB", true), ("search_path", "a,\"b\"", "a, b", true),
    ])
    func `values that mean the same are equal`(name: String, left: String, right: String, areEqual: Bool) {
        #expect(differences([name: left], [name: right]).isEmpty == areEqual)
    }

    @Test func `an empty list of libraries, which no session would start with, is refused`() {
        let values = ["local_preload_libraries": "", "session_preload_libraries": "\"\"", "search_path": ""]
        let settings = SessionSettings(
            values.map { NamedValue(name: Located($0.key, at: place), value: Located($0.value, at: place)) }
        )
        var collector = DiagnosticCollector()
        settings.check(major: 17, collector: &collector)
        #expect(collector.diagnostics.map(\.code.id) == ["PGS-031", "PGS-031"])
    }

    @Test func `a time before all others is told as PostgreSQL tells it`() {
        #expect("\(Expiry.at(Expiry.longAgo))" == "-infinity")
    }
}
