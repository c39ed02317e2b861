import Resources
import SQL
import Testing

@Suite struct FigureTests {
    private func figures(at time: Double, commits: Int, wal: Int, hit: Int, read: Int) -> ServerFigures {
        let values = [
            "time": "\(time)", "started": "1", "commits": "\(commits)", "rollbacks": "0", "wal_bytes": "\(wal)",
            "hit": "\(hit)", "read": "\(read)",
        ]
        let names = values.keys.sorted()
        let columns = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let row = Row(columns: columns, values: names.map { values[$0] })
        return ServerFigures(row, followers: [], storage: ServerFigures.Storage(nil, allowedBytes: nil))
    }

    @Test func `rates are differences over the server's own time`() throws {
        let rates = try #require(
            FigureRates(
                from: figures(at: 10, commits: 100, wal: 1000, hit: 0, read: 0),
                to: figures(at: 12, commits: 150, wal: 3000, hit: 90, read: 10)
            )
        )
        #expect(rates.transactionsPerSecond == 25)
        #expect(rates.walBytesPerSecond == 1000)
        #expect(rates.cacheHitShare == 0.9)
        #expect(rates.statementMilliseconds == nil)
    }

    @Test func `counters that were reset in between make no rate`() {
        let old = figures(at: 10, commits: 100, wal: 1000, hit: 0, read: 0)
        #expect(FigureRates(from: old, to: figures(at: 12, commits: 5, wal: 3000, hit: 0, read: 0)) == nil)
        #expect(FigureRates(from: old, to: old) == nil)
    }
}
