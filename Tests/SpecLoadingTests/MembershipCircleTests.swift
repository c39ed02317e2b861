import Diagnostics
import Testing

@Suite struct MembershipCircleTests {
    @Test func `a circle of memberships is told once, at its first account`() {
        let loaded = LoadedText(
            instance(
                """
                accounts:
                  - { name: c, memberships: [a, pg_monitor] }
                  - { name: a, memberships: [1️⃣b] }
                  - { name: b, memberships: [c] }
                  - { name: leads_there, memberships: [a] }
                """
            )
        )
        #expect(loaded.found == ["PGS-026 at 1"])
        let told = loaded.diagnostics.first
        #expect(told?.detail.contains("a is a member of b is a member of c is a member of a") ?? false)
        #expect(told?.notes.count == 2)
    }

    @Test func `an account that is a member of itself is a circle, in whatever case it is written`() {
        #expect(LoadedText(instance("accounts: [{ name: app, memberships: [1️⃣App] }]")).found == ["PGS-026 at 1"])
    }

    @Test func `two circles are two mistakes`() {
        let loaded = LoadedText(
            instance(
                """
                accounts:
                  - { name: a, memberships: [1️⃣b] }
                  - { name: b, memberships: [a, c] }
                  - { name: c, memberships: [2️⃣d] }
                  - { name: d, memberships: [c] }
                """
            )
        )
        #expect(loaded.found == ["PGS-026 at 1", "PGS-026 at 2"])
    }

    @Test func `memberships that only meet are no circle, nor is one through an account that goes`() {
        let loaded = LoadedText(
            instance(
                """
                accounts:
                  - { name: a, memberships: [b, c] }
                  - { name: b, memberships: [d] }
                  - { name: c, memberships: [d] }
                  - { name: d }
                """
            )
        )
        #expect(loaded.found == [])
    }

    @Test func `accounts of the same name on two instances are two accounts`() {
        let one = instance("accounts: [{ name: a, memberships: [b] }, { name: b }]")
        let other = instance("accounts: [{ name: b, memberships: [a] }, { name: a }]", name: "stock")
        #expect(LoadedText(one + "---\n" + other).found == [])
    }
}
