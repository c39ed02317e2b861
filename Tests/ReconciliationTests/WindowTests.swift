import Diagnostics
import Reconciliation
import SpecLoading
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Maintenance windows in the time zones of this host's tzdata, also where clocks are changed.
@Suite struct WindowTests {
    private func rules(_ zone: String) throws -> ZoneRules {
        let data = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(zone)"))
        return try #require(ZoneRules(Array(data)))
    }

    private func seconds(_ text: String) throws -> Int {
        Int(try Date(text, strategy: .iso8601).timeIntervalSince1970)
    }

    private func next(_ window: String, at time: String, _ zone: String) throws -> String {
        let found = try #require(MaintenanceWindow(window)).next(at: try seconds(time), in: try rules(zone))
        return [found.lowerBound, found.upperBound]
            .map { Date(timeIntervalSince1970: Double($0)).formatted(.iso8601) }.joined(separator: " ")
    }

    @Test func `a window is the next one of its weekday in its own time zone`() throws {
        #expect(
            try next("Sun 02:00-04:00 Asia/Shanghai", at: "2026-11-27T12:00:00Z", "Asia/Shanghai")
                == "2026-11-28T18:00:00Z 2026-11-28T20:00:00Z"
        )
        #expect(
            try next("daily 22:00-01:00 UTC", at: "2026-11-27T23:30:00Z", "UTC")
                == "2026-11-27T22:00:00Z 2026-11-28T01:00:00Z"
        )
    }

    @Test(arguments: [
        // Clocks go forward on 2026-03-29 at 02:00 in Berlin: 02:00 to 03:00 is not there, and the window lasts as long.
        ("Sun 02:00-02:30 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z"),
        ("Sun 01:00-04:00 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T00:00:00Z 2026-03-29T02:00:00Z"),
        ("Sun 01:00-02:30 Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T00:00:00Z 2026-03-29T01:30:00Z"),
        ("Sun 02:00-03:00 Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z 2027-03-28T02:00:00Z"),
        ("Sun 02:30-03:30 Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z 2027-03-28T02:00:00Z"),
        ("Sun 02:15-03:45 Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z 2027-03-28T02:30:00Z"),
        ("Sun 02:00-04:00 Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z 2027-03-28T03:00:00Z"),
        ("Sun 02:30-02:45 Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z 2027-03-28T01:15:00Z"),
        ("daily 02:30-01:30 Europe/Berlin", "2027-03-28T12:00:00Z", "2027-03-28T01:00:00Z 2027-03-29T00:00:00Z"),
        // And back on 2026-10-25 at 03:00: 02:00 to 03:00 is there twice.
        ("Sun 02:00-04:00 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z 2026-10-25T03:00:00Z"),
        ("Sun 02:30-02:45 Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z 2026-10-25T00:45:00Z"),
        // The day after.
        ("daily 02:00-04:00 Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-26T01:00:00Z 2026-10-26T03:00:00Z"),
    ])
    func `a window is right where clocks are changed`(window: String, time: String, expected: String) throws {
        #expect(try next(window, at: time, "Europe/Berlin") == expected)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2099-07-01T00:00:00Z", 7200), ("Europe/Berlin", "2099-01-01T00:00:00Z", 3600),
        ("America/New_York", "2060-07-01T00:00:00Z", -14_400), ("Australia/Sydney", "2099-01-01T00:00:00Z", 39_600),
        ("Australia/Sydney", "2099-07-01T00:00:00Z", 36_000), ("Asia/Kolkata", "2026-01-01T00:00:00Z", 19_800),
        ("Europe/Dublin", "2099-07-01T00:00:00Z", 3600), ("Europe/Dublin", "2099-01-01T00:00:00Z", 0),
        ("Africa/Casablanca", "2026-01-01T00:00:00Z", 3600), ("UTC", "2026-01-01T00:00:00Z", 0),
    ])
    func `the distance from UTC is known for ever`(zone: String, time: String, offset: Int) throws {
        #expect(try rules(zone).offset(at: try seconds(time)) == offset)
    }

    @Test func `the nearest of several windows counts, and an unknown zone opens nothing`() throws {
        let (saturday, sunday) = ("Sat 02:00-04:00 UTC", "Sun 02:00-04:00 UTC")
        let friday = try seconds("2026-11-27T12:00:00Z")
        let opening = try seconds("2026-11-28T02:00:00Z")
        func state(_ windows: [String], at time: Int) -> WindowState {
            WindowState.of(windows, at: time) { $0 == "UTC" ? ZoneRules.utc : nil }
        }
        #expect(state([sunday, saturday], at: friday) == .closed(until: opening, window: saturday))
        #expect(state([sunday, saturday], at: opening) == .open)
        #expect(state([sunday, saturday], at: opening + 7200 - 1) == .open)
        #expect(state([saturday], at: opening + 7200) == .closed(until: opening + 7 * 86_400, window: saturday))
        #expect(state([], at: friday) == .open)
        #expect(state(["Sun 02:00-04:00 Mars/Olympus"], at: friday) == .unknown("Sun 02:00-04:00 Mars/Olympus"))
    }

    @Test func `what is no tzdata is refused`() {
        #expect(ZoneRules([]).isNone)
        #expect(ZoneRules(Array("TZif2".utf8) + [UInt8](repeating: 255, count: 200)).isNone)
    }

    @Test func `a window that never opens on this host is a warning at its place`() throws {
        let text = """
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: orders }
            spec:
              version: 15
              maintenance: { windows: ["Sun 02:00-04:00 Europe/Berlin", "Sun 02:00-04:00 Mars/Olympus"] }
            """
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
        let warnings = UnknownZones.warnings(on: fleet)
        #expect(warnings.map(\.detail).joined().contains("Mars/Olympus") && warnings.count == 1)
        #expect(warnings.first?.range?.line == 6)
        let other = text.replacing("Mars/Olympus", with: "asia/shanghai")
        let wrong = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(other.utf8))], collector: &collector)
        #expect(UnknownZones.warnings(on: wrong).map(\.help) == ["did you mean \"Asia/Shanghai\"?"])
        for zone in ["EST5EDT", "GMT+0", "NZ-CHAT", "America/Port-au-Prince"] {
            let named = text.replacing("Mars/Olympus", with: zone)
            _ = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(named.utf8))], collector: &collector)
        }
        #expect(collector.diagnostics == [])
    }
}

extension Optional {
    fileprivate var isNone: Bool { if case .none = self { true } else { false } }
}
