import Diagnostics
import FleetModel
import Resources
import SpecLoading
import SpecSchema
import Testing

@Suite struct SecurityGroupRuleTests {
    private func group(_ rules: String, name: String = "office") -> String {
        """
        ---
        apiVersion: pgsteer/v1
        kind: SecurityGroup
        metadata: { name: \(name) }
        spec:
          rules: \(rules)

        """
    }

    @Test(arguments: [
        "[]", "[{ allow: 10.0.0.0/8 }]", "[{ allow: '::1', remark: this host }, { deny: 0.0.0.0/0 }]",
        "[{ deny: 10.1.2.3 }, { allow: 10.1.0.0/16 }]",
    ])
    func `rules may be`(rules: String) {
        let loaded = LoadedText(instance("securityGroups: [office]") + group(rules))
        #expect(loaded.found == [])
        #expect(loaded.fleet.instances["orders"]?.access?.value.groups == ["office"])
    }

    @Test(arguments: [
        ("[{ allow: 1️⃣10.1.2.3/16 }]", "PGS-013"), ("[{ allow: 1️⃣any }]", "PGS-013"),
        ("[{ allow: 1️⃣10.0.0.0/40 }]", "PGS-013"), ("[{ allow: 1️⃣'::ffff:10.0.0.0/104' }]", "PGS-013"),
        ("[1️⃣{ remark: nothing }]", "PGS-013"), ("[1️⃣{ allow: 10.0.0.0/8, deny: 11.0.0.0/8 }]", "PGS-013"),
        ("[{ allow: 10.0.0.0/8, 1️⃣port: 5432 }]", "PGS-014"), ("[{ 1️⃣alow: 10.0.0.0/8 }]", "PGS-010"),
        ("1️⃣{ allow: 10.0.0.0/8 }", "PGS-012"), ("[1️⃣10.0.0.0/8]", "PGS-012"),
        ("[{ allow: 10.0.0.0/8 }, 1️⃣{ deny: 10.1.2.3 }]", "PGS-075"),
        ("[{ allow: '::/0' }, { allow: 10.0.0.0/8 }, 1️⃣{ allow: 'fd00::/8' }]", "PGS-075"),
    ])
    func `rules may not be`(rules: String, code: String) {
        #expect(LoadedText(instance("securityGroups: [office]") + group(rules)).found == ["\(code) at 1"])
    }

    @Test func `help tells both networks that may be meant`() {
        let loaded = LoadedText(instance("") + group("[{ allow: 10.1.2.3/16 }]"))
        #expect(
            loaded.diagnostics.first?.help == "write 10.1.0.0/16 for the network, or 10.1.2.3 for the one address"
        )
    }

    @Test(arguments: [
        ("securityGroups: 1️⃣[]", "PGS-013"), ("securityGroups: [1️⃣offise]", "PGS-021"),
        ("securityGroups: [office, 1️⃣office]", "PGS-013"), ("securityGroups: 1️⃣office", "PGS-012"),
    ])
    func `an instance may not name`(line: String, code: String) {
        #expect(LoadedText(instance(line) + group("[{ allow: 10.0.0.0/8 }]")).found == ["\(code) at 1"])
    }

    @Test func `a group is declared once, and a group with mistakes is not missing`() {
        let twice = LoadedText(group("[]") + group("[]").replacing("name: office", with: "name: 1️⃣office"))
        #expect(twice.found == ["PGS-020 at 1"])
        let broken = LoadedText(instance("securityGroups: [office]") + group("[{ allow: 1️⃣nobody }]"))
        #expect(broken.found == ["PGS-013 at 1"])
    }

    @Test func `groups and their rules count in the order of the instance's list`() throws {
        let text =
            instance("securityGroups: [vpn, office]") + group("[{ allow: 10.0.0.0/8 }]")
            + group("[{ deny: 10.9.0.0/16 }, { allow: 10.8.0.0/16 }]", name: "vpn")
        let access = try #require(LoadedText(text).fleet.instances["orders"]?.access?.value)
        #expect(access.rules.map { "\($0.group) \($0.number)" } == ["vpn 1", "vpn 2", "office 1"])
        let loaded = LoadedText(text)
        #expect(loaded.fleet.place(of: access.rules[1])?.line == 18)
    }
}
