package import Resources

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
    package let objects: ObjectSelection
    package let started: Date
    package private(set) var changed: Date
    /// Why it failed, what is waited for, what to do next.
    package var message: String?
    /// Tables whose replica identity was changed on the source, and what it was; put back at the end.
    package var identities: [ChangedIdentity] = []
    package var verification: VerificationReport?
    package var cutover: CutoverRecord?
    /// What could not be removed yet because an end was not reachable.
    package var leftovers: [String] = []

    package init(
        name: String,
        token: String,
        type: MigrationType,
        source: String,
        target: String,
        objects: ObjectSelection
    ) {
        self.name = name
        self.token = token
        self.type = type
        self.source = source
        self.target = target
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

/// How the writes went over, and what the source was before.
package struct CutoverRecord: Codable, Sendable {
    /// What the source's database had before: its own `default_transaction_read_only`, nil for none.
    package var readOnlyBefore: String?
    /// Its connection limit; -1 for none.
    package var connectionLimitBefore: Int
    /// Whether the target has everything and the writes may go there.
    package var isReleased = false
    /// How long no write was possible.
    package var pauseMilliseconds: Int?
}

/// What a person asked of a migration that another process works on.
package enum MigrationRequest: String, Codable, Sendable {
    case pause
    case cancel
}
