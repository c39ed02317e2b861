import GitSpecs
import Testing

/// Addresses, names and paths, before git sees any of them.
@Suite struct GitNameTests {
    @Test(arguments: [
        ("https://git.example.org/db.git", "https://git.example.org/db.git"),
        ("https://x-token@git.example.org/db.git?private_token=Sesame", "https://git.example.org/db.git"),
        ("ssh://git@git.example.org:22/db.git", "ssh://git@git.example.org:22/db.git"),
        ("git@git.example.org:db.git", "git@git.example.org:db.git"), ("/srv/db.git", "/srv/db.git"),
        ("db.git", "/here/db.git"), ("file:///srv/db.git", "file:///srv/db.git"),
    ])
    func `an address is shown without what only git should know`(text: String, shown: String) throws {
        let address = try GitAddress(text, from: "/here")
        #expect(address.shown == shown && "\(address)" == shown)
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("Sesame") && !dumped.contains("x-token"))
    }

    @Test(arguments: [
        ("https://git.example.org/db.git", "https://x-token@Git.Example.org/db/", true),
        ("ssh://git@git.example.org/db", "ssh://git@git.example.org//db.git", true),
        ("git@git.example.org:db.git", "git@git.example.org:db", true), ("/srv/db", "file:///srv/./x/../db/.git", true),
        ("db", "/here/db/", true), ("/srv/db", "/srv/db.git", false),
        ("ssh://ada@git.example.org/db", "ssh://bob@git.example.org/db", false),
        ("https://git.example.org/?r=a", "https://git.example.org/?r=b", false),
    ])
    func `another way to write an address is no other repository`(text: String, other: String, isSame: Bool) throws {
        let identities = try [text, other].map { try GitAddress($0, from: "/here").identity }
        #expect((identities[0] == identities[1]) == isSame, "\(identities)")
    }

    @Test func `what git says of an address is shown without it, whichever way git writes it`() throws {
        let address = try GitAddress("https://x-token@git.example.org/db.git?private_token=Sesame", from: "/here")
        for url in [
            "https://x-token@git.example.org/db.git?private_token=Sesame",
            "https://git.example.org/db.git?private_token=Sesame/", "https://x-token@git.example.org/db.git",
        ] {
            let said = address.hide(in: "fatal: unable to access '\(url)': no route")
            #expect(!said.contains("Sesame") && !said.contains("x-token"), "\(said)")
            #expect(said.contains("https://git.example.org/db.git") && said.hasSuffix(": no route"), "\(said)")
        }
        let local = try GitAddress("/srv/db.git", from: "/here")
        #expect(local.hide(in: "fatal: '/srv/db.git' is no repository?") == "fatal: '/srv/db.git' is no repository?")
    }

    @Test(arguments: [
        "https://ada:Sesame1@git.example.org/db.git", "ada:Sesame1@git.example.org:db.git",
        "ext::sh -c touch% /tmp/x", "ext::sh", "-upload-pack=x", "ftp://git.example.org/db.git", "", "https://a b/",
        "https://a/\nb",
    ])
    func `an address with a password, or that runs something, is refused without being repeated`(text: String) throws {
        let refusal = #expect(throws: GitAddress.Refusal.self) { try GitAddress(text, from: "/here") }
        #expect(!(refusal?.description.contains("Sesame") ?? true))
    }

    @Test(arguments: ["main", "release/15", "v1.2", "refs/heads/a", String(repeating: "a", count: 40)])
    func `what git takes as a name is one`(name: String) {
        #expect(GitReference(name)?.isCommit == (name.count == 40))
    }

    @Test(arguments: [
        "", "-b", "a..b", "a b", "a:b", "a*", "a.lock", "/a", "a/", ".a", "a/.b", "@", "a@{1}", "a\\b", "a~1",
    ])
    func `what git does not take as a name is none`(name: String) {
        #expect(GitReference(name) == nil)
    }

    @Test(arguments: [
        ("specs", "specs"), ("specs/", "specs"), ("./a//b", "a/b"), (".", "."), ("", "."), ("/etc", nil), ("../a", nil),
        ("a/../b", nil),
    ])
    func `a path stays in the repository`(text: String, path: String?) {
        #expect(GitOptions.path(text) == path)
    }
}
