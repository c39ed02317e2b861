import Diagnostics
import FleetModel
import Resources

/// A server of an instance as it is listed.
struct NodeListing: Listable {
    static let header = ["instance", "node", "role", "zone", "running", "follows", "lag"]
    static let wideHeader = header + ["process", "problem"]

    var instance: String
    var number: Int
    var role: ObservedNode.Role
    /// The read-only group of a replica.
    var group: String?
    var zone: String?
    var isRunning: Bool
    var processID: Int?
    /// How a standby follows its primary: `streaming` or `catchup`; nil when it does not, and for a primary.
    var following: String?
    /// Whether commits wait for it.
    var isSynchronous: Bool?
    /// Bytes that it has not replayed.
    var lagBytes: Int?
    var problem: String?

    static func all(of instance: ObservedInstance) -> [NodeListing] {
        instance.placement.nodes.map { NodeListing(instance.placement.name, $0) }
    }

    private init(_ instance: String, _ node: ObservedNode) {
        self.instance = instance
        number = node.number
        role = node.role
        group = node.group
        zone = node.zone
        isRunning = node.isRunning
        processID = node.processID
        following = node.following?.state
        isSynchronous = node.following?.isSynchronous
        lagBytes = node.following?.lagBytes
        problem = node.problem
    }

    var name: String { "\(instance)/\(number)" }

    var row: [String] {
        [
            instance, String(number), group.map { "\(role.rawValue) of \($0)" } ?? role.rawValue, zone ?? "-",
            isRunning ? "yes" : "no",
            following.map { isSynchronous ?? false ? "\($0), sync" : $0 } ?? (role == .primary ? "-" : "no"),
            lagBytes.map { "\($0) B" } ?? "-",
        ]
    }

    var wideRow: [String] { row + [processID.map(String.init) ?? "-", problem ?? "-"] }

    /// What it is and does, for the page of its instance.
    var sentence: String {
        var parts = [
            role.rawValue + (group.map { " of \($0.visible)" } ?? "") + (zone.map { " in zone \($0.visible)" } ?? "")
        ]
        parts.append(processID.map { "process \($0)" } ?? "not running")
        if role != .primary, isRunning {
            let lag = lagBytes.map { ", \($0) bytes behind" } ?? ""
            parts.append(
                following.map { "\($0)\(isSynchronous ?? false ? " synchronously" : "")\(lag)" } ?? "not following"
            )
        }
        if let problem { parts.append(problem.visible) }
        return parts.joined(separator: ", ")
    }
}
