import FleetModel
import Testing

/// Networks, and which rule decides about an address.
@Suite struct AccessListTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3/32", "10.1.2.3"), ("10.1.2.3", "10.1.2.3"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("FD00:0::/8", "fd00::/8"), ("::1", "::1"), ("::1/128", "::1"), ("::/0", "::/0"),
        ("10.0.0.128/25", "10.0.0.128/25"),
    ])
    func `a network is read and written in one spelling`(text: String, shown: String) throws {
        #expect(try IPNetwork(text).description == shown)
    }

    @Test(arguments: [
        "", "10", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "host", "10.0.0.0/+8",
        "010.0.0.0/8", "10.0.0.0/0x8", "10.0.0.0/8 ",
    ])
    func `what is no network is refused`(text: String) {
        #expect(throws: IPNetwork.Problem.self) { try IPNetwork(text) }
    }

    @Test func `bits behind the prefix are told with both networks that may be meant`() throws {
        let network = try IPNetwork("10.1.0.0/16")
        let address = try IPNetwork("10.1.2.3")
        #expect(throws: IPNetwork.Problem.hostBits(network: network, address: address)) { try IPNetwork("10.1.2.3/16") }
        #expect(throws: IPNetwork.Problem.mapped(try IPNetwork("10.0.0.0/8"))) { try IPNetwork("::ffff:10.0.0.0/104") }
    }

    @Test func `the first rule that matches decides, and where none matches nobody may`() throws {
        let list = AccessList(
            groups: ["office"],
            rules: [
                AccessRule(.deny, try IPNetwork("10.1.2.0/24"), group: "office", number: 1),
                AccessRule(.allow, try IPNetwork("10.1.0.0/16"), group: "office", number: 2),
                AccessRule(.deny, try IPNetwork("10.1.3.3"), group: "office", number: 3),
            ]
        )
        let answers = ["10.1.2.3": 1, "10.1.3.3": 2, "10.1.9.9": 2, "10.2.0.1": nil, "::1": nil]
        for (text, number) in answers {
            let address = try #require(IPNetwork(address: text))
            #expect(list.rule(for: address)?.number == number)
            #expect(list.allows(address) == (number == 2))
        }
    }

    /// The gateway decides by the longest prefix; people write rules of which the first counts.
    @Test func `the table of longest prefixes decides as the rules do, for random rules and addresses`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<60 {
            // Few bits, so that networks cover each other often.
            let rules = (0..<Int.random(in: 0...8, using: &random))
                .map { number in
                    let length = [0, 1, 2, 3, 4, 32].randomElement(using: &random) ?? 0
                    let first = UInt8.random(in: 0...15, using: &random) << 4
                    let kept = length >= 8 ? first : first & ~(UInt8(255) >> UInt8(length))
                    let network = try? IPNetwork("\(kept).0.0.0/\(length)")
                    let action: AccessRule.Action = Bool.random(using: &random) ? .allow : .deny
                    return network.map { AccessRule(action, $0, group: "g", number: number + 1) }
                }
            let list = AccessList(groups: ["g"], rules: rules.compactMap(\.self))
            let table = list.longestPrefixes
            for first in stride(from: 0, to: 256, by: 8) {
                for last in [0, 1] {
                    let address = try #require(IPNetwork(address: "\(first).0.0.\(last)"))
                    let longest = table.keys.filter { $0.covers(address) }.max { $0.prefixLength < $1.prefixLength }
                    #expect((longest.flatMap { table[$0] } == .allow) == list.allows(address), "\(address): \(list)")
                }
            }
        }
    }
}
