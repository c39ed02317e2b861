import Migrating
import Resources
import Testing

/// What has changed on the source since the structure was made, by values alone.
@Suite struct DefinitionChangeTests {
    private static func table(_ name: String, _ number: Int, columns: [(String, String)]) -> [Definition] {
        [Definition(.table, schema: "shop", name: name, text: "r p", number: number)]
            + columns.enumerated()
            .map { Definition(.column, schema: "shop", relation: name, name: $1.0, text: $1.1, number: $0 + 1) }
    }

    private static let orders = table("orders", 100, columns: [("id", "integer NOT NULL"), ("note", "text")])

    /// What is told when both ends were `before`, and are so now.
    private static func told(_ before: [Definition], source: [Definition], target: [Definition]) -> [String] {
        DefinitionBaseline(source: before, target: before).unresolved(source: source, target: target)
            .map { $0.sentence + (($0.command).map { " -> \($0)" } ?? "") }
    }

    @Test func `nothing is told while nothing has changed, whatever the target has besides`() {
        let target = Self.orders + Self.table("own", 7, columns: [("a", "text")])
        #expect(Self.told(Self.orders, source: Self.orders, target: target) == [])
    }

    @Test func `a column that was added is told until the target has it, too`() {
        let more = Definition(
            .column,
            schema: "shop",
            relation: "orders",
            name: "more",
            text: "integer DEFAULT 5",
            number: 3
        )
        let expected =
            "column more of shop.orders was added (integer DEFAULT 5) -> ALTER TABLE \"shop\".\"orders\" ADD COLUMN \"more\" integer DEFAULT 5;"
        #expect(Self.told(Self.orders, source: Self.orders + [more], target: Self.orders) == [expected])
        var other = more
        other.text = "text"
        #expect(Self.told(Self.orders, source: Self.orders + [more], target: Self.orders + [other]) == [expected])
        // The number of a column differs where the other end has dropped one.
        other = more
        other.number = 9
        #expect(Self.told(Self.orders, source: Self.orders + [more], target: Self.orders + [other]) == [])
    }

    @Test func `what was dropped, retyped or renamed is told by its name`() {
        var retyped = Self.orders
        retyped[2].text = "character varying(9)"
        #expect(
            Self.told(Self.orders, source: retyped, target: Self.orders) == [
                "column note of shop.orders was text and is character varying(9)"
            ]
        )
        var renamed = Self.orders
        renamed[2].name = "remark"
        #expect(
            Self.told(Self.orders, source: renamed, target: Self.orders) == [
                "column note of shop.orders was renamed to remark -> ALTER TABLE \"shop\".\"orders\" RENAME COLUMN \"note\" TO \"remark\";"
            ]
        )
        let dropped = Array(Self.orders.dropLast())
        #expect(
            Self.told(Self.orders, source: dropped, target: Self.orders) == [
                "column note of shop.orders was dropped -> ALTER TABLE \"shop\".\"orders\" DROP COLUMN \"note\";"
            ]
        )
    }

    @Test func `a table that is new, gone or renamed is one change with all that belongs to it`() {
        let items = Self.table("items", 101, columns: [("id", "integer"), ("name", "text")])
        let index = Definition(
            .index,
            schema: "shop",
            relation: "items",
            name: "by_name",
            text: "CREATE INDEX by_name ON shop.items",
            number: 5
        )
        let both = Self.orders + items + [index]
        #expect(Self.told(Self.orders, source: both, target: Self.orders) == ["table shop.items was added"])
        // The target's table is not the same one yet.
        #expect(Self.told(Self.orders, source: both, target: Self.orders + items) == ["table shop.items was added"])
        #expect(Self.told(Self.orders, source: both, target: both) == [])
        #expect(
            Self.told(both, source: Self.orders, target: both) == [
                "table shop.items was dropped -> DROP TABLE \"shop\".\"items\";"
            ]
        )
        let moved = Self.table("goods", 101, columns: [("id", "integer"), ("name", "text")])
        #expect(
            Self.told(Self.orders + items, source: Self.orders + moved, target: Self.orders + items) == [
                "table shop.items was renamed to goods -> ALTER TABLE \"shop\".\"items\" RENAME TO \"goods\";"
            ]
        )
    }

    @Test func `a view that another major words otherwise agrees once it has changed there, too`() {
        func view(_ text: String) -> Definition {
            Definition(.view, schema: "shop", name: "report", text: text, number: 3)
        }
        let baseline = DefinitionBaseline(source: [view("a")], target: [view("A")])
        #expect(baseline.unresolved(source: [view("a")], target: [view("A")]) == [])
        #expect(
            baseline.unresolved(source: [view("b")], target: [view("A")]).map(\.sentence) == [
                "view shop.report was changed"
            ]
        )
        #expect(baseline.unresolved(source: [view("b")], target: [view("B")]) == [])
        #expect(baseline.unresolved(source: [view("b")], target: []).count == 1)
    }

    @Test func `only what is chosen counts`() {
        var objects = ObjectSelection()
        objects.tables = [TablePattern("shop.orders")].compactMap(\.self)
        #expect(Self.orders.allSatisfy { $0.isMeant(by: objects) })
        #expect(Self.table("items", 1, columns: [("a", "text")]).allSatisfy { !$0.isMeant(by: objects) })
        #expect(!Definition(.function, schema: "shop", name: "f()", text: "", number: 1).isMeant(by: objects))
    }

    @Test func `the last error of a subscription is found in the target's log`() {
        let log = """
            half a line
            2026-11-29 10:00:00 UTC [7] ERROR:  logical replication target relation "a.b" does not exist
            2026-11-29 10:00:00 UTC [7] CONTEXT:  processing remote data for replication origin "pg_16400" during message type "INSERT"
            2026-11-29 10:00:01 UTC [8] ERROR:  division by zero
            2026-11-29 10:00:01 UTC [8] STATEMENT:  SELECT 1/0
            2026-11-29 10:00:02 UTC [9] ERROR:  relation "shop.orders" is missing replicated column: "more"
            2026-11-29 10:00:02 UTC [9] DETAIL:  one
            2026-11-29 10:00:02 UTC [9] CONTEXT:  processing remote data for replication origin "pg_16401" during message type "INSERT"
            """
        #expect(ApplyErrors.last(in: log, origin: "pg_16401")?.contains("missing replicated column: \"more\"") == true)
        #expect(ApplyErrors.last(in: log, origin: "pg_16400")?.contains("\"a.b\" does not exist") == true)
        #expect(ApplyErrors.last(in: log, origin: "pg_1640") == nil)
    }
}
