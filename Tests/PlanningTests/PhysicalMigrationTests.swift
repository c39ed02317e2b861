import Diagnostics
import FleetModel
import Planning
import Resources
import SpecLoading
import Testing

/// Which way a migration takes, and what keeps it from going by files.
@Suite struct PhysicalMigrationTests {
    private static func instance(_ name: String, _ lines: String = "version: 16") -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: \(name) }
        spec:
          \(lines)
          size: { cpu: 1, memory: 1GiB }
          databases: [{ name: shop }]
        """
    }

    /// Reads a migration from the instance a to the instance b; the lines that are told are of its document.
    private static func read(
        _ spec: String,
        from: String = "{ instance: a }",
        to: String = "{ instance: b }",
        target: String = "version: 16"
    ) -> (fleet: DesiredFleet, told: [String]) {
        let migration = """
            apiVersion: pgsteer/v1
            kind: Migration
            metadata: { name: move }
            spec:
              source: \(from)
              target: \(to)
              \(spec)
            """
        let texts = [("a", instance("a")), ("b", instance("b", target)), ("m", migration)]
        var collector = DiagnosticCollector()
        let fleet = SpecLoader.load(
            texts.map { SpecText(path: "\($0.0).yaml", bytes: Array($0.1.utf8)) },
            collector: &collector
        )
        let told = collector.sorted.filter { $0.severity == .error }
            .map { "\($0.range?.line ?? 0) \($0.code.id)" }
        return (fleet, told)
    }

    private static func choice(_ spec: String, from: String = "{ instance: a }", to: String = "{ instance: b }")
        -> MethodChoice?
    {
        read(spec, from: from, to: to).fleet.migrations["move"]?.methodChoice
    }

    @Test func `a whole instance goes by files and a database by rows, and each says why`() {
        let whole = Self.choice("type: full+incremental")
        #expect(whole?.method == .physical)
        #expect(whole?.reason == "both ends are whole instances of this fleet with the same version")
        let database = Self.choice(
            "type: full",
            from: "{ instance: a, database: shop }",
            to: "{ instance: b, database: shop }"
        )
        #expect(database?.method == .logical)
        #expect(database?.reason == "one database is moved, and not a whole instance")
        let other = Self.choice("type: full", from: "{ service: old }", to: "{ instance: b, database: shop }")
        #expect(other?.reason == "the source is no instance of the fleet")
        #expect(Self.choice("type: full\n  method: physical")?.method == .physical)
    }

    @Test(arguments: [
        ("type: structure", "7"), ("type: full\n  method: logical", "8"),
        ("type: full\n  objects: { schemas: [x] }", "8"),
        ("type: full\n  rename: { schemas: { x: y } }", "8"),
        ("type: full+incremental\n  cutover: { rollback: keep }", "8"),
    ])
    func `what files cannot do is refused at its line`(spec: String, line: String) {
        #expect(Self.read(spec).told == ["\(line) PGS-110"])
    }

    @Test func `instances whose files do not fit are refused at the target`() {
        #expect(Self.read("type: full", target: "version: 17").told == ["6 PGS-110"])
        #expect(Self.read("type: full", target: "version: 16\n  charset: LATIN1").told == ["6 PGS-110"])
        let mixed = Self.read("type: full", to: "{ instance: b, database: shop }")
        #expect(mixed.told == ["5 PGS-110"])
        let databases = Self.read(
            "type: full\n  method: physical",
            from: "{ instance: a, database: shop }",
            to: "{ instance: b, database: shop }"
        )
        #expect(databases.told == ["8 PGS-110"])
    }

    @Test func `the plan says which way and why`() {
        let (fleet, told) = Self.read("type: full+incremental")
        #expect(told == [])
        let planner = Planner(
            desired: fleet,
            observed: ObservedFleet(instances: [:]),
            capabilities: ProviderCapabilities(provider: "local", majors: [16], features: [])
        )
        var collector = DiagnosticCollector()
        let change = planner.plan(collector: &collector).plan.changes.first { $0.resource.kind == Migration.kind }
        #expect(
            change?.note
                == "physical, since both ends are whole instances of this fleet with the same version; the endpoint of a leads to b after the cut-over"
        )
    }

    @Test func `an instance that is being filled is left alone, and the plan says so`() {
        let (fleet, _) = Self.read("type: full+incremental")
        var placement = InstanceObservation(name: "b", state: .running, major: 16, charset: "UTF8")
        placement.filledBy = "move"
        let observed = ObservedFleet(instances: ["b": ObservedInstance(placement: placement, server: nil)])
        let planner = Planner(
            desired: fleet,
            observed: observed,
            capabilities: ProviderCapabilities(provider: "local", majors: [16], features: [])
        )
        var collector = DiagnosticCollector()
        let plan = planner.plan(collector: &collector).plan
        #expect(!plan.actions.contains { $0.resource.instance == "b" })
        #expect(collector.sorted.contains { $0.code.id == "PGS-111" && $0.severity == .warning })
    }

    // MARK: Obstacles

    private static let source = PhysicalFacts.Source(logLevel: "replica", freeSlots: 3, freeSenders: 4, bytes: 1 << 30)
    private static let target = PhysicalFacts.Target(logLevel: "replica", freeBytes: 2 << 30)

    private static func obstacles(
        _ source: PhysicalFacts.Source? = source,
        _ target: PhysicalFacts.Target? = target,
        other: String? = nil
    ) -> [String] {
        PhysicalFacts(source: ("a", source), target: ("b", target), otherMigration: other).obstacles
            .map { "\($0.end.rawValue): \($0.message)" }
    }

    @Test func `nothing stands in the way of an empty target`() { #expect(Self.obstacles() == []) }

    @Test func `everything that stands in the way is told, of either end`() {
        let source = PhysicalFacts.Source(
            logLevel: "minimal",
            freeSlots: 0,
            freeSenders: 1,
            tablespaces: ["fast"],
            subscriptions: ["shop.feed"],
            bytes: 1 << 30
        )
        let target = PhysicalFacts.Target(
            logLevel: "minimal",
            filledDatabases: ["shop"],
            undeclaredDatabases: ["mine"],
            freeBytes: 1 << 30
        )
        let found = Self.obstacles(source, target)
        #expect(found.count { $0.hasPrefix("source") } == 5)
        #expect(found.count { $0.hasPrefix("target") } == 4)
    }

    @Test func `ends that do not serve, and a target that another migration fills, are obstacles`() {
        #expect(Self.obstacles(nil) == ["source: a does not serve"])
        #expect(Self.obstacles(Self.source, nil) == ["target: b does not serve"])
        #expect(Self.obstacles(other: "first") == ["target: b is being filled by the migration first"])
    }
}
