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
        ("f(int)", "f"), ("f(int)()", "f(int)"), ("a(b)(text)", "a(b)"), ("fn(\"x\")(int, text)", "fn(\"x\")"),
        ("f(\"My (Type)\")", "f"), ("f(int), s.f()", "f(int), s.f"), ("a(\"(int, \"b(\"\"(c\")", "a(\""),
        ("(int)()", "(int)"), ("f(int()", "f(int"),
    ])
    func `a name may have parentheses and quotes itself: the list of types is the last one`(text: String, name: String)
    {
        #expect(RoutineSignature(text)?.name == name)
    }

    @Test(arguments: [
        "(int)", "f(int,)", "f(int, , text)", "f(int", "f(int) ", "f(int; drop table x)",
        "f(text) TO evil WITH GRANT OPTION --)", "f(text); DROP TABLE t; --)", "f(a -- b)", "f('x')", "f(a\nb)",
        "f(\"a)", "f(\"a\"\u{301}b)", "f", "f(a/**/)", "f($$)",
    ])
    func `what is no list of types never becomes SQL`(text: String) {
        #expect(RoutineSignature(text) == nil)
    }
}
