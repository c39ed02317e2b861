import SQL
import Testing

@Suite struct StatementTests {
    @Test func `names and values are quoted however hostile they are`() {
        let name = "a\"; DROP TABLE x; --"
        let statement: Statement = "COMMENT ON ROLE \(identifier: name) IS \(literal: "it's \\ 'x'")"
        #expect(statement.text == "COMMENT ON ROLE \"a\"\"; DROP TABLE x; --\" IS E'it''s \\\\ ''x'''")
    }

    @Test func `a quote with an accent over it is still a quote`() {
        let statement: Statement = "\(identifier: "a\"\u{301}; --") \(literal: "'\u{301} \\\u{301}")"
        let expected = "\"a\"\"\u{301}; --\" E'''\u{301} \\\\\u{301}'"
        // Scalar by scalar: equal texts may have other quotes.
        #expect(Array(statement.text.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func `a secret is sent and never shown`() {
        let statement: Statement = "ALTER ROLE \(identifier: "app") PASSWORD \(secret: "geheim")"
        #expect(statement.text.contains("geheim"))
        #expect(!statement.description.contains("geheim"))
        #expect(!"\(statement)".contains("geheim"))
        let outer: Statement = "DO \(statement)"
        #expect(!outer.shown.contains("geheim"))
        #expect(outer.text.contains("geheim"))
    }

    @Test func `bound values are counted and kept out of the text`() {
        let statement: Statement = "SELECT \(bind: "a"), \(bind: nil), \(7)"
        #expect(statement.text == "SELECT $1, $2, 7")
        #expect(statement.parameters == ["a", nil])
    }
}
