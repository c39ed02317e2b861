import FleetModel
import Testing

@testable import Providers

/// What an instance remembers can be read as long as anybody may have written it.
@Suite struct LocalRecordTests {
    private let first = """
        {
          "formatVersion": "1", "id": "pg-12345678", "state": "ready", "created": "2026-11-20T10:00:00Z", "major": 15,
          "charset": "UTF8", "address": "127.0.0.1", "port": 15400, "nodePort": 16000, "systemIdentifier": "7",
          "isExposed": true,
          "ownership": {
            "tags": {}, "size": {}, "deletionProtection": true, "deletionPolicy": "retain", "parameters": {}, "objects": {}
          }
        }
        """

    @Test func `the first format, which knew one node only, is read, and written as the second`() throws {
        let record = try #require(LocalRecord(first))
        #expect(record.nodes == [LocalNode(number: 1, port: 16000)])
        #expect(record.primary == 1)
        #expect(record.systemIdentifier == "7")
        let again = try #require(LocalRecord(record.text))
        #expect(again == record)
        #expect(record.text.contains("\"formatVersion\" : \"2\""))
    }

    @Test func `everything that is remembered of two nodes is read again`() throws {
        var record = try #require(LocalRecord(first))
        record.nodes.append(LocalNode(number: 2, port: 16001))
        record.primary = 2
        record.isSynchronous = true
        record.formerIDs = ["pg-87654321"]
        record.handover = Handover(cause: .failover, from: 2, to: 1)
        #expect(LocalRecord(record.text) == record)
    }

    @Test func `a format that is not known, and a record without its primary, are none`() {
        #expect(LocalRecord(first.replacing("\"1\"", with: "\"3\"")) == nil)
        #expect(LocalRecord(first.replacing("nodePort", with: "nodes")) == nil)
        #expect(LocalRecord("") == nil)
    }
}
