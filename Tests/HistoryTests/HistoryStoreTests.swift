import Diagnostics
import FleetModel
import Foundation
import GRDB
import History
import Testing

/// A history of two instances with three actions and three parameters each, in a folder that is removed at the end.
private final class ScratchHistory {
    static let instances = ["orders", "web"]
    let path: String
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pgs-\(UUID().uuidString)")
    private static let begin = Date(timeIntervalSince1970: 1_800_000_000)

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "history.sqlite").path
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func fill() throws -> HistoryStore {
        let store = try HistoryStore(path: path)
        try store.begin(
            RunEntry(id: "r1", verb: "apply", user: "ann", host: "h", specCommit: nil, started: Self.begin)
        )
        for number in 1...3 {
            for instance in Self.instances {
                let time = Self.begin.addingTimeInterval(Double(number))
                let action = Action(
                    id: "\(number)",
                    resource: .instance(instance),
                    operation: .configure,
                    summary: "change \(number) of \(instance)",
                    reason: .differs
                )
                try store.add(
                    ActionEntry(
                        run: "r1",
                        action: action,
                        status: "performed",
                        message: nil,
                        started: time,
                        ended: time
                    )
                )
                try store.add([
                    ParameterEntry(
                        run: "r1",
                        instance: instance,
                        name: number == 3 ? "work_mem" : "wal_level",
                        before: nil,
                        after: "\(number)",
                        time: time,
                        isByOthers: false
                    )
                ])
            }
        }
        return store
    }
}

@Suite struct HistoryStoreTests {
    @Test func `the latest entries come first, of all instances or of one`() throws {
        let scratch = try ScratchHistory()
        let store = try scratch.fill()

        #expect(
            try store.actions(instance: nil, limit: 3).map(\.summary)
                == ["change 3 of web", "change 3 of orders", "change 2 of web"]
        )
        #expect(
            try store.actions(instance: "orders", limit: 2).map(\.summary) == [
                "change 3 of orders", "change 2 of orders",
            ]
        )
        #expect(try store.parameters(instance: "web", name: nil, limit: 2).map(\.after) == ["3", "2"])
        #expect(try store.parameters(instance: nil, name: "wal_level", limit: 9).map(\.after) == ["2", "2", "1", "1"])
        #expect(try store.parameters(instance: "web", name: "work_mem", limit: 9).map(\.after) == ["3"])
    }

    @Test(arguments: [nil, "orders"])
    func `the latest entries are found without reading and sorting all of them`(instance: String?) throws {
        let scratch = try ScratchHistory()
        _ = try scratch.fill()
        let database = try DatabaseQueue(path: scratch.path)

        let actions = try steps(of: LatestEntries.actions(instance: instance, limit: 5), in: database)
        let parameters = try steps(of: LatestEntries.parameters(instance: instance, name: nil, limit: 5), in: database)

        for step in actions + parameters {
            #expect(step.contains("USING INDEX"))
            #expect(!step.contains("TEMP B-TREE"))
        }
        #expect(actions.count == 2)
        #expect(parameters.count == 2)
    }

    private func steps<Row>(of request: SQLRequest<Row>, in database: DatabaseQueue) throws -> [String] {
        try database.read { database in
            let statement = try request.makePreparedRequest(database).statement
            let sql = "EXPLAIN QUERY PLAN \(statement.sql)"
            return try GRDB.Row.fetchAll(database, sql: sql, arguments: statement.arguments).map { $0["detail"] }
        }
    }
}
