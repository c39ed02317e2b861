import FleetModel
import Testing

/// Names are compared as a server compares them: byte by byte.
@Suite struct NameTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    @Test func `names of other scalars are two names, whatever String says`() {
        #expect(Self.composed == Self.decomposed, "or this test shows nothing")
        #expect(Name(Self.composed) != Name(Self.decomposed))
        #expect(Set([Name(Self.composed), Name(Self.decomposed), Name(Self.composed)]).count == 2)
        #expect(!Self.composed.isSameName(as: Self.decomposed))
        let (first, second) = (Name(Self.composed), Name(Self.decomposed))
        #expect((first < second) != (second < first), "an order that does not depend on where they come from")
    }

    @Test func `resources with such names are two, also by what they are called`() {
        let first = ResourceID("Account", "db", Self.composed)
        let second = ResourceID("Account", "db", Self.decomposed)
        #expect(first != second)
        #expect(first.description != second.description)
        #expect(second.description == "Account/db/cafe%CC%81")
    }

    @Test(arguments: [
        "app", "50%", "a/b", "%2F", "a\u{301}", "/\u{301}", "%\u{308}x", "\u{212B}", "\u{1112}\u{1161}",
        "\u{928}\u{93F}",
        "❤️", "👍🏽", "a\u{200D}/", "\u{301}", "%e4", "%",
    ])
    func `a name is read back as it was written`(name: String) {
        let id = ResourceID("Schema", "db", name, "s")
        let read = ResourceID(id.description)
        #expect(read == id)
        #expect(read.map { Array($0.path[1].utf8) } == Array(name.utf8))
    }

    @Test func `texts of canonically equal names differ`() {
        let angstroms = ["\u{212B}", "\u{C5}", "A\u{30A}"]
        #expect(Set(angstroms).count == 1 && Set(angstroms.map { Name($0).escaped }).count == 3)
    }
}
