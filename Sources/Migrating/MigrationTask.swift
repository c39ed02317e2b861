package import Resources
import SpecSchema

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What is remembered of one migration, in the home's `migrations/<name>/task.json`; holds no secret.
///
/// What has been copied is not remembered here but in the target, in the same transaction as the rows themselves.
package struct MigrationTask: Codable, Sendable {
    package private(set) var formatVersion = "1.0"
    package var name: String
    /// Part of the name of everything the migration makes on both ends.
    package let token: String
    package private(set) var state = MigrationState.checking
    package let type: MigrationType
    /// As people say them.
    package let source: String
    package let target: String
    /// The instances of the fleet among both ends; nil for a migration of an earlier pgsteer.
    package private(set) var instances: [String]?
    package let objects: ObjectSelection
    package let started: Date
    package private(set) var changed: Date
    /// Why it failed, what is waited for, what to do next.
    package var message: String?
    /// Tables whose replica identity was changed on the source, and what it was; put back at the end.
    package var identities: [ChangedIdentity] = []
    package var verification: VerificationReport?
    package var cutover: CutoverRecord?
    /// What keeps the source following the target since the cut-over.
    package var wayBack: WayBackRecord?
    package var rollback: CutoverRecord?
    /// What could not be removed yet because an end was not reachable.
    package var leftovers: [String] = []
    /// Which schemas have another name in the target.
    package var renaming: SchemaRenaming?
    /// Alarms that were accepted when it began, with their reasons.
    package var accepted: [AcceptedAlarm]?
    /// Whether everything is done but the journal's removal.
    package var hasEnded: Bool?
    /// What becomes of the source's endpoint; nil unless both ends are instances that this home keeps.
    package var endpoint: EndpointTask?

    /// Whether there may be something of it on its ends, which `cancel` removes.
    package var hasLeftSomething: Bool {
        !state.isFinal && ![.checking, .checkPassed, .checkFailed].contains(state)
    }

    package init(
        name: String,
        token: String,
        type: MigrationType,
        source: String,
        target: String,
        instances: [String],
        objects: ObjectSelection
    ) {
        self.name = name
        self.token = token
        self.type = type
        self.source = source
        self.target = target
        self.instances = instances
        self.objects = objects
        started = .now
        changed = .now
    }

    /// A name of eight letters and digits that starts with a letter.
    package static func newToken() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz")
        let all = letters + Array("23456789")
        return String((0..<8).compactMap { $0 == 0 ? letters.randomElement() : all.randomElement() })
    }

    /// Slot, publication, subscription and sessions have the same name.
    package var objectName: String { "pgsteer_\(token)" }
    /// What leads from the target to the source has another name.
    package var backName: String { objectName + "_back" }

    /// How the migration has begun, where its document says something else now; nil where both are the same.
    package func otherBeginning(than migration: Migration) -> String? {
        let isSameWay =
            source == migration.source.value.description && target == migration.target.value.description
            && type == migration.type.value
        let isSame = objects == migration.objects && renaming ?? SchemaRenaming() == migration.renaming
        if isSameWay, isSame { return nil }
        return "\(type.rawValue) from \(source) to \(target)\(isSameWay ? " with other objects" : "")"
    }

    /// Goes to where the event leads; returns false, and stays, when it cannot happen here.
    @discardableResult
    package mutating func apply(_ event: MigrationEvent, message: String? = nil) -> Bool {
        guard let next = state.after(event) else { return false }
        state = next
        self.message = message
        changed = .now
        return true
    }
}

/// A table whose replica identity the migration set to FULL, because it has no key.
package struct ChangedIdentity: Codable, Hashable, Sendable {
    package var schema: String
    package var table: String
    /// `DEFAULT` or `NOTHING`.
    package var before: String
}

/// An alarm of a check that was accepted.
package struct AcceptedAlarm: Codable, Hashable, Sendable {
    package var id: MigrationCheckID
    package var reason: String
    /// What the check found, a sentence each.
    package var found: [String]
}

/// How the writes went over, and what the end that they left was before.
package struct CutoverRecord: Codable, Sendable {
    /// What its database had before: its own `default_transaction_read_only`, nil for none.
    package var readOnlyBefore: String?
    /// Its connection limit; -1 for none.
    package var connectionLimitBefore: Int
    /// In the name of the sign that the writes were let in, so that the sign of an earlier attempt means nothing.
    package var attempt = MigrationTask.newToken()
    /// Whether the other end has everything and the writes may go there.
    package var isReleased = false
    /// Whether it was decided to undo it, whatever signs there are.
    package var isTakenBack = false
    /// How long no write was possible.
    package var pauseMilliseconds: Int?

    package init(readOnlyBefore: String?, connectionLimitBefore: Int) {
        self.readOnlyBefore = readOnlyBefore
        self.connectionLimitBefore = connectionLimitBefore
    }

    /// The name of the sign, as the journal of the end that takes the writes has it.
    var sign: String { "released \(attempt)" }
}

/// What the way back has changed on the target, and what is none of its business there.
package struct WayBackRecord: Codable, Sendable {
    /// Tables of the target whose replica identity was changed.
    package var identities: [ChangedIdentity]
    /// Tables and sequences that the target had by itself: they do not go back.
    package var strangers: Set<String>
}

/// What a person asked of a migration that another process works on.
package enum MigrationRequest: String, Codable, Sendable {
    case pause
    case cancel
}
