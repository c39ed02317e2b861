import Dashboard
import SpecSchema
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The answers under `/api/v1`, and their description.
@Suite struct APITests {
    private func json(_ answer: WebResponse) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(answer.text.utf8))
    }

    private func schema(of path: String, status: String = "200") throws -> JSONValue {
        let operation = try #require(OpenAPI.document["paths"]?[path]?["get"])
        return try #require(operation["responses"]?[status]?["content"]?["application/json"]?["schema"])
    }

    private func shape() throws -> JSONShape {
        JSONShape(components: try #require(OpenAPI.document["components"]?["schemas"]))
    }

    @Test(arguments: [
        ("/api/v1/fleet", "/api/v1/fleet"), ("/api/v1/instances", "/api/v1/instances"),
        ("/api/v1/instances/orders", "/api/v1/instances/{name}"), ("/api/v1/instances/new", "/api/v1/instances/{name}"),
        ("/api/v1/plan", "/api/v1/plan"), ("/api/v1/events", "/api/v1/events"), ("/api/v1/history", "/api/v1/history"),
        ("/api/v1/migrations", "/api/v1/migrations"),
    ])
    func `every answer is as the description says`(path: String, described: String) throws {
        let answer = Fixture.answer(WebRequest(path))
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json; charset=utf-8")
        #expect(try shape().problems(json(answer), schema(of: described)) == [])
    }

    @Test func `every path that is described is there`() throws {
        guard case .object(let paths)? = OpenAPI.document["paths"] else { throw CancellationError() }
        #expect(paths.count == 7)
        for path in paths.keys {
            #expect(Fixture.answer(WebRequest(path.replacing("{name}", with: "orders"))).status == 200, "\(path)")
        }
        let answer = Fixture.answer(WebRequest("/api/v1/openapi.json"))
        #expect(try json(answer) == OpenAPI.document)
    }

    @Test func `every reference in the description leads somewhere`() throws {
        let text = Fixture.answer(WebRequest("/api/v1/openapi.json")).text
        let components = try #require(OpenAPI.document["components"]?["schemas"])
        for match in text.matches(of: #/"#\/components\/schemas\/(\w+)"/#) {
            #expect(components[String(match.1)] != nil, "\(match.1)")
        }
    }

    @Test func `what is not there is said as JSON`() throws {
        for path in ["/api/v1/instances/nosuch", "/api/v1/nosuch", "/api/v2/fleet", "/api"] {
            let answer = Fixture.answer(WebRequest(path))
            #expect(answer.status == 404)
            let schema = try schema(of: "/api/v1/instances/{name}", status: "404")
            #expect(try shape().problems(json(answer), schema) == [])
        }
    }

    @Test func `counts are those of the fleet`() throws {
        let counts = try #require(try json(Fixture.answer(WebRequest("/api/v1/fleet")))["counts"])
        #expect(counts["instances"] == 2 && counts["reconciling"] == 1 && counts["pendingActions"] == 1)
        #expect(counts["driftedAttributes"] == 1)
    }
}
