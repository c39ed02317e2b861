import FleetModel
import Reconciliation

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The facts as JSON, under `/api/v1`; described by `openapi.json`.
struct API {
    let facts: FleetFacts

    func response(to parts: [String]) -> WebResponse {
        guard parts.first == "v1" else { return Self.error(404, "there is only /api/v1") }
        let rest = Array(parts.dropFirst())
        if rest.count == 2, rest[0] == "instances" {
            guard let instance = facts.instance(rest[1]) else {
                return Self.error(404, "there is no instance \(rest[1]); /api/v1/instances lists those there are")
            }
            return Self.json(InstanceDocument(instance))
        }
        switch rest {
        case ["openapi.json"]: return Self.json(OpenAPI.document)
        case ["fleet"]: return Self.json(FleetDocument(facts))
        case ["instances"]: return Self.json(List(items: facts.instances.map(InstanceSummary.init)))
        case ["plan"]:
            return Self.json(List(items: facts.instances.compactMap(InstancePlan.init)))
        case ["events"]: return Self.json(List(items: facts.events))
        case ["history"]: return Self.json(List(items: facts.history))
        case ["migrations"]: return Self.json(List(items: facts.migrations))
        default: return Self.error(404, "nothing is there; /api/v1/openapi.json tells what there is")
        }
    }

    private struct Problem: Encodable {
        var formatVersion = "1.0"
        var error: String
    }

    private static func error(_ status: Int, _ text: String) -> WebResponse { json(Problem(error: text), status) }

    private static func json(_ value: some Encodable, _ status: Int = 200) -> WebResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        guard let data = try? encoder.encode(value) else { preconditionFailure("facts are always JSON") }
        return WebResponse(
            status,
            type: "application/json; charset=utf-8",
            .text(String(decoding: data, as: UTF8.self) + "\n")
        )
    }
}

/// A list of anything.
private struct List<Item: Encodable>: Encodable {
    var formatVersion = "1.0"
    var items: [Item]
}

/// The loop itself, and how many instances are how.
private struct FleetDocument: Encodable {
    struct Counts: Encodable {
        var instances: Int
        var ready: Int
        var reconciling: Int
        var stalled: Int
        var pendingActions: Int
        var driftedAttributes: Int
    }

    var formatVersion = "1.0"
    var time: Date
    var isReady: Bool
    var process: Int
    var started: Date
    var intervalSeconds: Double
    var isObserveOnly: Bool
    var pause: String?
    var specDigest: String?
    var commit: String?
    var git: GitState?
    var specProblem: String?
    var counts: Counts
    var undeclared: [UndeclaredInstance]

    init(_ facts: FleetFacts) {
        time = facts.time
        isReady = facts.isReady
        process = facts.loop.process
        started = facts.loop.started
        intervalSeconds = facts.loop.interval
        isObserveOnly = facts.loop.isObserveOnly
        pause = facts.loop.pause
        specDigest = facts.loop.specDigest
        commit = facts.loop.commit
        git = facts.loop.git
        specProblem = facts.loop.specProblem
        undeclared = facts.loop.undeclared ?? []
        counts = Counts(
            instances: facts.instances.count,
            ready: facts.instances.count { $0.isReady },
            reconciling: facts.instances.count { $0.foremost?.type == .reconciling },
            stalled: facts.instances.count { $0.foremost?.type == .stalled },
            pendingActions: facts.instances.reduce(0) { $0 + ($1.plan?.actions.count ?? 0) },
            driftedAttributes: facts.instances.reduce(0) { $0 + $1.drift.count }
        )
    }
}
