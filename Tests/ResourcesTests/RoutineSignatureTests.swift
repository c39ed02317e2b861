import Testing

@testable import Resources

@Suite struct RoutineSignatureTests {
    @Test(arguments: [
        ("f()", []), ("f(int, text)", ["integer", "text"]),
        ("f(int[], s.\"My (Type)\")", ["integer[]", "s.\"My (Type)\""]),
        ("f( timestamptz )", ["timestamp with time zone"]),
    ])
    func `the types of a routine are read in the spelling that equal types share`(text: String, types: [String]) {
        #expect(RoutineSignature(text)?.types == types)
    }

    @Test(arguments: [
        "f(text) TO evil WITH GRANT OPTION --)", "f(text); DROP TABLE t; --)", "f(a -- b)", "f('x')", "f(a\nb)",
        "f(\"a)", "f(\"a\"\u{301}b)", "f", "f(a/**/)", "f($$)",
    ])
    func `what is no list of types never becomes SQL`(text: String) {
        #expect(RoutineSignature(text) == nil)
    }
}
