import Hashing
import Testing

@Suite struct SCRAMVerifierTests {
    /// Made by PostgreSQL 15.18: `CREATE ROLE x PASSWORD 'pencil'`, read from pg_authid.
    private let stored =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

    @Test func `a stored verifier matches its own password and no other`() throws {
        // RFC 7677's example: user "user", password "pencil".
        let verifier = try #require(SCRAMVerifier(stored))
        #expect(verifier.matches("pencil"))
        #expect(!verifier.matches("Pencil"))
        #expect(!verifier.matches(""))
        #expect(verifier.text == stored)
    }

    @Test func `a new verifier has a salt of its own and reads back`() throws {
        let first = SCRAMVerifier(password: "Aa1!secret")
        let second = SCRAMVerifier(password: "Aa1!secret")
        #expect(first.text != second.text)
        #expect(try #require(SCRAMVerifier(first.text)).matches("Aa1!secret"))
        #expect(first.iterations == 4096)
    }

    @Test(arguments: [
        "", "md5d41d8cd98f00b204e9800998ecf8427e", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:YQ==$YQ==:YQ==",
        "SCRAM-SHA-256$4096:!$YQ==:YQ==",
        "SCRAM-SHA-256$x:YWFh$YWFh:YWFh", "SCRAM-SHA-1$4096:YWFh$YWFh:YWFh",
    ])
    func `what is no verifier is not taken for one`(text: String) {
        #expect(SCRAMVerifier(text) == nil)
    }

    @Test func `digests are those that everybody computes`() {
        #expect(SHA256.digest("abc".utf8) == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
