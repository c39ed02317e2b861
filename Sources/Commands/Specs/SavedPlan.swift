import FleetModel
import Planning
import SpecLoading

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A plan in a file: with the specifications it was made from and digests of what was observed, and no secret.
struct SavedPlan: Codable {
    private(set) var formatVersion = "1.0"
    var plan: Plan
    var options: PlanOptions
    var specs: [SpecText]
    /// By resource.
    var observed: [String: String]

    init(_ planned: PlannedFleet, options: PlanOptions, specs: [SpecText]) {
        plan = planned.plan
        observed = planned.digests
        self.options = options
        self.specs = specs
    }

    /// Reads a file; the error says what it is not.
    init(path: String) throws {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw SavedPlanError("\(path) cannot be read")
        }
        guard let plan = try? JSONDecoder().decode(SavedPlan.self, from: data) else {
            throw SavedPlanError("\(path) is no plan that pgsteer saved")
        }
        self = plan
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: path), options: .atomic)
    }

    /// Returns the resources whose observed state is another one now.
    func moved(comparedTo fresh: PlannedFleet) -> [String] {
        Set(observed.keys).union(fresh.digests.keys).filter { observed[$0] != fresh.digests[$0] }.sorted()
    }
}

struct SavedPlanError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
