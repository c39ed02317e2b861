import Diagnostics
import FleetModel
import Resources
import SQL
import SpecLoading
import Testing

@testable import Planning

@Suite struct StorageAlarmTests {
    private func alarm(databases: Int, wal: Int, storage: String = "1GiB") throws -> Diagnostic? {
        var collector = DiagnosticCollector()
        let text = """
            apiVersion: pgsteer/v1
            kind: Instance
            metadata: { name: orders }
            spec:
              version: 15
              size: { memory: 64MiB, storage: \(storage) }
            """
        let fleet = SpecLoader.load([SpecText(path: "a.yaml", bytes: Array(text.utf8))], collector: &collector)
        let instance = try #require(fleet.instances["orders"])
        let row = Row(columns: ["databases": 0, "wal": 1], values: ["\(databases << 20)", "\(wal << 20)"])
        var server = ObservedServer(version: 150_018, parameters: [:], objects: [:])
        server.storage = ServerFigures.Storage(row, allowedBytes: 1)
        return StorageAlarm.diagnostic(of: instance, server)
    }

    @Test func `data that takes most of its storage is a warning at the line that says how much there is`() throws {
        let warning = try #require(try alarm(databases: 900, wal: 20))
        #expect(warning.severity == .warning)
        #expect(warning.code == .storage)
        #expect(warning.range?.line == 6)
        #expect(warning.detail.contains("takes 920 MiB, 89 % of the 1GiB"))
    }

    @Test func `there is none while there is room, also for storage that was raised since`() throws {
        #expect(try alarm(databases: 800, wal: 20) == nil)
        #expect(try alarm(databases: 900, wal: 20, storage: "2GiB") == nil)
    }
}
