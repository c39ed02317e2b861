import FleetModel
import Testing

@testable import Providers

/// Where endpoints lead, and how a migration moves them.
@Suite struct EndpointBookTests {
    private let token = "first"
    private var book: EndpointBook { EndpointBook(ids: ["old": "pg-1", "new": "pg-2", "other": "pg-3"]) }

    private func moved(_ book: EndpointBook, from: String = "old", to: String = "new", token: String = "first") throws
        -> EndpointBook
    {
        var book = book
        try book.prepare("move", token: token, from: from, to: to)
        book.lead(token, isDone: true)
        return book
    }

    @Test func `an endpoint leads to itself until it is moved, and back after a rollback`() throws {
        var book = book
        #expect(book.names(leadingTo: "old") == ["old"])
        try book.prepare("move", token: token, from: "old", to: "new")
        // The gateway knows both, and nothing has changed.
        #expect(book.records["old"]?.others.map(\.instance) == ["new"])
        #expect(book.names(leadingTo: "old") == ["old"] && book.names(leadingTo: "new") == ["new"])
        book.lead(token, isDone: true)
        #expect(book.names(leadingTo: "old") == [] && book.names(leadingTo: "new") == ["new", "old"])
        let again = try moved(book)
        #expect(again == book, "moving it once more changes nothing")
        book.lead(token, isDone: false)
        book.end(token)
        #expect(book.records == [:])
    }

    @Test func `an endpoint that was moved for good stays, and follows when the target is migrated in turn`() throws {
        var book = try moved(book)
        book.end(token)
        #expect(
            book.records["old"] == EndpointRecord(lead: EndpointLead(instance: "new", id: "pg-2", migration: "move"))
        )
        book = try moved(book, from: "new", to: "other", token: "second")
        #expect(book.names(leadingTo: "other") == ["new", "old", "other"])
        book.lead("second", isDone: false)
        book.end("second")
        #expect(book.names(leadingTo: "new") == ["new", "old"])
        // All the way home.
        book = try moved(book, from: "new", to: "old", token: "third")
        book.end("third")
        #expect(book.names(leadingTo: "old") == ["new", "old"])
        #expect(book.records["old"] == nil)
    }

    @Test func `one migration at a time moves an endpoint, and only one that leads there`() throws {
        var book = book
        try book.prepare("move", token: token, from: "old", to: "new")
        #expect(throws: ProviderError.self) { try book.prepare("late", token: "second", from: "old", to: "other") }
        book.lead(token, isDone: true)
        #expect(throws: ProviderError.self) { try book.prepare("late", token: "third", from: "old", to: "other") }
        #expect(throws: ProviderError.self) { try book.prepare("lost", token: "fourth", from: "other", to: "gone") }
    }

    @Test func `an instance stays while an endpoint needs it`() throws {
        var book = book
        #expect(book.removalObstacle(of: "old") == nil)
        try book.prepare("move", token: token, from: "old", to: "new")
        #expect(book.removalObstacle(of: "old")?.reason == "the migration move is moving its endpoint")
        #expect(book.removalObstacle(of: "new")?.reason == "the migration move moves the endpoint of old to it")
        book.lead(token, isDone: true)
        book.end(token)
        #expect(book.removalObstacle(of: "old") == nil, "its address goes with it")
        #expect(book.removalObstacle(of: "new")?.reason == "the endpoint of old leads to it")
        #expect(book.removalObstacle(of: "other") == nil)
    }

    @Test func `a later instance of the same name is not led to`() throws {
        var book = try moved(book)
        book.end(token)
        book.ids["new"] = "pg-9"
        #expect(book.names(leadingTo: "new") == ["new"])
        #expect(book.names(leadingTo: "old") == [])
        #expect(book.removalObstacle(of: "new") == nil)
        // It is the same one where a whole instance was moved to it.
        book.formerIDs["new"] = ["pg-2"]
        #expect(book.names(leadingTo: "new") == ["new", "old"])
        #expect(book.removalObstacle(of: "new") != nil)
    }

    @Test func `what is written down is read again, and what is none is not read`() throws {
        let record = try #require(moved(book).records["old"])
        #expect(EndpointRecord(record.text) == record)
        #expect(EndpointRecord("{}") == nil)
        #expect(
            EndpointRecord(record.text.replacing("\"formatVersion\" : \"1\"", with: "\"formatVersion\" : \"9\"")) == nil
        )
    }
}

/// What the gateway makes of an endpoint that leads to another instance.
@Suite struct MovedRouteTests {
    private func route(lead: String?, active: Int = 1) -> GatewayConfiguration.Route {
        GatewayConfiguration.Route(
            instance: "old",
            address: "127.0.0.1",
            port: 15400,
            nodes: [
                GatewayConfiguration.Node(number: 1, port: 16000),
                GatewayConfiguration.Node(number: 1, port: 16001, owner: "new"),
                GatewayConfiguration.Node(number: 2, port: 16002, owner: "new"),
            ],
            lead: lead,
            active: [active],
            accessFile: "/nowhere/old.map"
        )
    }

    private func text(_ route: GatewayConfiguration.Route) -> String {
        GatewayConfiguration(routes: [route], adminSocket: "/nowhere/admin.sock").text
    }

    @Test func `one node of one instance gets the sessions, and changing which needs no reload`() {
        let before = text(route(lead: nil))
        #expect(before.contains("server node1 127.0.0.1:16000\n"))
        #expect(before.contains("server new.node1 127.0.0.1:16001 disabled\n"))
        let after = text(route(lead: "new"))
        #expect(after.contains("server node1 127.0.0.1:16000 disabled\n"))
        #expect(after.contains("server new.node1 127.0.0.1:16001\n"))
        #expect(text(route(lead: "new", active: 2)).contains("server new.node1 127.0.0.1:16001 disabled\n"))
        #expect(GatewayConfiguration.isSame(before, after))
        #expect(route(lead: "gone").nodes.filter(route(lead: "gone").isActive) == [])
    }

    @Test func `sessions that were led to the instance before are to end, in old workers, too`() throws {
        func session(_ server: String) throws -> GatewaySession {
            let line = "0x55: proto=tcpv4 src=127.0.0.1:40000 fe=old:15400 be=old srv=\(server) ts=00 age=1s"
            return try #require(GatewaySession(line, worker: 7))
        }
        #expect(try session("node1").isStranger(to: [route(lead: "new")]))
        #expect(try !session("new.node1").isStranger(to: [route(lead: "new")]))
        #expect(try !session("<NONE>").isStranger(to: [route(lead: "new")]))
        #expect(try session("new.node1").isStranger(to: [route(lead: nil)]))
        #expect(try !session("node1").isStranger(to: [route(lead: nil)]))
    }

    @Test(arguments: [
        (TLSMode.off, TLSMode.off, true), (.off, .prefer, true), (.off, .require, false), (.prefer, .require, false),
        (.prefer, .off, false), (.require, .off, false), (.require, .prefer, true), (.require, .require, true),
    ])
    func `clients get in at the other instance as far as TLS goes`(own: TLSMode, other: TLSMode, isRight: Bool) {
        func tls(_ mode: TLSMode) -> LocalTLS? {
            mode == .off ? nil : LocalTLS(mode: mode, names: ["127.0.0.1"], isPending: false)
        }
        let obstacle = EndpointTLS.obstacle(tls(own), at: "127.0.0.1", tls(other), of: "new")
        #expect((obstacle == nil) == isRight, "\(obstacle ?? "")")
    }

    @Test func `clients that verify get a certificate that they can`() {
        var other = LocalTLS(mode: .require, names: ["10.0.0.1"], isPending: false)
        let own = LocalTLS(mode: .require, names: ["127.0.0.1"], isPending: false)
        #expect(EndpointTLS.obstacle(own, at: "127.0.0.1", other, of: "new")?.contains("not for 127.0.0.1") == true)
        other.isOwn = true
        #expect(EndpointTLS.obstacle(own, at: "127.0.0.1", other, of: "new")?.contains("another authority") == true)
    }
}
