package import FleetModel
import GRDB

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One run of the program that may change something.
package struct RunEntry: Codable, Sendable {
    package var id: String
    package var verb: String
    package var user: String
    package var host: String
    /// The commit of the specifications, where they are in git.
    package var specCommit: String?
    package var started: Date

    package init(id: String, verb: String, user: String, host: String, specCommit: String?, started: Date) {
        self.id = id
        self.verb = verb
        self.user = user
        self.host = host
        self.specCommit = specCommit
        self.started = started
    }
}

extension RunEntry: PersistableRecord { static package var databaseTableName: String { "run" } }

/// One action of a run, and how it ended.
package struct ActionEntry: Codable, Sendable {
    package var run: String
    package var instance: String
    package var resource: String
    package var operation: String
    package var summary: String
    package var impact: String
    package var status: String
    package var message: String?
    package var started: Date
    package var ended: Date

    package init(run: String, action: Action, status: String, message: String?, started: Date, ended: Date) {
        self.run = run
        instance = action.resource.instance
        resource = action.resource.description
        operation = action.operation.rawValue
        summary = action.summary
        impact = action.impact.rawValue
        self.status = status
        self.message = message
        self.started = started
        self.ended = ended
    }
}

extension ActionEntry: PersistableRecord { static package var databaseTableName: String { "action" } }

/// One parameter that a run changed.
package struct ParameterEntry: Codable, Sendable {
    package var run: String
    package var instance: String
    package var name: String
    package var before: String?
    package var after: String?
    package var time: Date
    /// Whether somebody else had set it before, and the run only brought it into force.
    package var isByOthers: Bool

    package init(
        run: String,
        instance: String,
        name: String,
        before: String?,
        after: String?,
        time: Date,
        isByOthers: Bool
    ) {
        self.run = run
        self.instance = instance
        self.name = name
        self.before = before
        self.after = after
        self.time = time
        self.isByOthers = isByOthers
    }
}

extension ParameterEntry: PersistableRecord { static package var databaseTableName: String { "parameter" } }

/// An action as it is listed.
package struct ActionRow: Codable, Sendable {
    package var run: String
    package var verb: String
    package var user: String
    package var host: String
    package var specCommit: String?
    package var resource: String
    package var operation: String
    package var summary: String
    package var impact: String
    package var status: String
    package var message: String?
    package var started: Date
    package var ended: Date
}

extension ActionRow: FetchableRecord {}

/// A change of a parameter as it is listed.
package struct ParameterRow: Codable, Sendable {
    package var run: String
    package var user: String
    package var specCommit: String?
    package var instance: String
    package var name: String
    package var before: String?
    package var after: String?
    package var time: Date
    /// Whether somebody else had set it before, and the run only brought it into force.
    package var isByOthers: Bool
}

extension ParameterRow: FetchableRecord {}
