import SQL
import Testing

@Suite struct ParameterListTests {
    @Test(arguments: [
        ("a, b", ["a", "b"]), ("\"$user\", public", ["$user", "public"]), ("  App ,\"App\"", ["app", "App"]),
        ("\"a\"\"b, c\"", ["a\"b, c"]), ("", []), ("\"\"", []),
    ])
    func `a search path is read as PostgreSQL reads it`(text: String, names: [String]) {
        #expect(ParameterList.elements(of: text, for: "search_path") == names)
    }

    @Test(arguments: ["a,", "\"a", ",", "a b"])
    func `what is no list is none`(text: String) {
        #expect(ParameterList.elements(of: text, for: "search_path") == nil)
    }

    @Test func `libraries are files, whose names keep their case`() {
        #expect(ParameterList.elements(of: "MyLib", for: "session_preload_libraries") == ["MyLib"])
    }

    @Test func `each name of a list is a literal of its own`() {
        #expect(ParameterList.literals(of: "\"$user\", it's", for: "search_path").text == "'$user', 'it''s'")
        #expect(ParameterList.literals(of: "a, b", for: "DateStyle").text == "'a, b'")
        // An empty list is one empty name to the server, however it is written.
        #expect(ParameterList.literals(of: "\"\"", for: "search_path").text == "''")
    }
}
