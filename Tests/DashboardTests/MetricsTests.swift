import Dashboard
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `/metrics`, and the alarms and the dashboard that are made of it.
@Suite struct MetricsTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(PostgresInstallations.root)/\(path)", encoding: .utf8)
    }

    /// The names that are made of `pgsteer_`, as a query uses them.
    private func used(in text: String) -> Set<String> {
        Set(text.matches(of: #/\bpgsteer_[a-z0-9_]+/#).map { String($0.0) })
    }

    private var known: Set<String> { Set(MetricsText(facts: Fixture.facts()).metrics.flatMap(\.sampleNames)) }

    @Test func `promtool accepts the text`() async throws {
        let answer = Fixture.answer(WebRequest("/metrics"))
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let result = try await run(
            .name("promtool"),
            arguments: ["check", "metrics"],
            input: .string(answer.text),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
        #expect(result.standardOutput.isEmpty && result.standardError.isEmpty)
    }

    @Test func `who asks for OpenMetrics gets OpenMetrics`() {
        let answer = Fixture.answer(WebRequest("/metrics", accept: "application/openmetrics-text; version=1.0.0"))
        #expect(answer.headers["content-type"]?.hasPrefix("application/openmetrics-text") ?? false)
        #expect(answer.text.hasSuffix("\n# EOF\n"))
        #expect(answer.text.contains("# TYPE pgsteer_node_deadlocks counter\npgsteer_node_deadlocks_total{"))
        #expect(answer.text.contains("# TYPE pgsteer_instance info\npgsteer_instance_info{"))
    }

    @Test func `every family has a sample in a fleet that has everything`() {
        for metric in MetricsText(facts: Fixture.facts()).metrics {
            #expect(
                Fixture.answer(WebRequest("/metrics")).text.contains("\n\(metric.sampleNames[0])"),
                "\(metric.name)"
            )
        }
    }

    @Test func `names of instances cannot break a line`() {
        var facts = Fixture.facts()
        facts.instances[0].name = "a\"b\\c\nd"
        let text = Fixture.answer(WebRequest("/metrics"), facts).text
        #expect(text.contains(#"pgsteer_instance_up{instance="a\"b\\c\nd"} 1"#))
    }

    @Test func `promtool accepts the alarms`() async throws {
        for arguments in [["check", "rules", "pgsteer.rules.yml"], ["check", "config", "prometheus.yml"]] {
            let result = try await run(
                .name("promtool"),
                arguments: Arguments(arguments),
                workingDirectory: FilePath("\(PostgresInstallations.root)/packaging/prometheus"),
                output: .string(limit: 1 << 20),
                error: .string(limit: 1 << 20)
            )
            #expect(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
        }
    }

    @Test(arguments: ["packaging/prometheus/pgsteer.rules.yml", "packaging/grafana/pgsteer.json"])
    func `alarms and dashboard use only numbers that there are`(path: String) throws {
        let used = used(in: try text(path)).filter { $0 != "pgsteer_loop" }
        #expect(used.count > 10)
        #expect(used.subtracting(known) == [])
    }

    @Test func `the page about metrics names every number and no other`() throws {
        #expect(used(in: try text("docs/metrics.md")) == known)
    }

    @Test func `every panel of the dashboard has a query and a place of its own`() throws {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { var expr: String }
                struct Place: Decodable { var x: Int, y: Int, w: Int, h: Int }
                var id: Int
                var title: String
                var type: String
                var gridPos: Place
                var targets: [Target]
            }
            var title: String
            var uid: String
            var schemaVersion: Int
            var panels: [Panel]
        }
        let data = Data(try text("packaging/grafana/pgsteer.json").utf8)
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: data)
        #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
        var taken: Set<[Int]> = []
        for panel in dashboard.panels {
            #expect(!panel.targets.isEmpty && ["stat", "timeseries"].contains(panel.type))
            for x in panel.gridPos.x..<(panel.gridPos.x + panel.gridPos.w) {
                for y in panel.gridPos.y..<(panel.gridPos.y + panel.gridPos.h) {
                    #expect(x < 24 && taken.insert([x, y]).inserted, "\(panel.title)")
                }
            }
        }
    }
}
