package import Diagnostics
package import FleetModel
package import SpecSchema

/// Moving one database from one server to another, or a whole instance to another one.
package struct Migration: Sendable {
    package var name: Located<String>
    package var project: Located<String>?
    package var source: Located<MigrationEnd>
    package var target: Located<MigrationEnd>
    package var type: Located<MigrationType>
    /// `auto` where the document says nothing, at the document's own place.
    package var method: Located<MigrationMethod>
    package var objects: ObjectSelection
    /// Whether roles of the source are made in the target, too.
    package var carriesRoles: Bool
    package var start: MigrationStart
    package var cutover: CutoverPolicy
    /// Tables that are copied side by side; nil for the cores of the target.
    package var concurrency: Int?
    /// Checks whose alarms are accepted, by the checks' names.
    package var skippedChecks: [SkippedCheck]
    package var sourceGuard = SourceGuard()
    package var renaming = SchemaRenaming()
    /// The windows that the document itself names, with their places.
    package var writtenWindows: [Located<String>] = []
    /// The instances and databases that the document names.
    package var references: [Located<ResourceID>]

    package var id: ResourceID { ResourceID(Self.kind, name.value) }
    /// Where the document stands.
    package var range: SourceRange { name.range }
}

/// What is moved: definitions, rows, and changes that are made meanwhile (product document, "Migration Type").
package enum MigrationType: String, CaseIterable, Sendable, Codable {
    /// Definitions alone.
    case structure
    /// Definitions, and the rows there are when the copy begins.
    case full
    /// Definitions, rows, and every change until the cut-over.
    case fullAndIncremental = "full+incremental"
}

/// When a migration may begin.
package enum MigrationStart: Hashable, Sendable, Codable {
    case now
    /// Seconds since 1970-01-01T00:00:00Z.
    case at(Int)
}

/// One end of a migration: a database or a whole instance, and how to reach it.
package enum MigrationEnd: Hashable, Sendable {
    /// A connection URI that names a database and holds no password.
    case uri(String, password: SecretReference?)
    /// An entry of a connection service file; it names the database.
    case service(String, password: SecretReference?)
    /// A database of an instance that a document declares.
    case instance(String, database: String)
    /// All that an instance has which a document declares.
    case wholeInstance(String)

    /// Where the password is kept, when the document says so.
    package var password: SecretReference? {
        switch self {
        case .uri(_, let password), .service(_, let password): password
        case .instance, .wholeInstance: nil
        }
    }

    /// The instance; nil for a server that no document declares.
    package var instance: String? {
        switch self {
        case .instance(let name, _), .wholeInstance(let name): name
        case .uri, .service: nil
        }
    }

    /// Whether it is all that an instance has.
    package var isWholeInstance: Bool { if case .wholeInstance = self { true } else { false } }
}

extension MigrationEnd: CustomStringConvertible {
    /// As people say it; a URI in a specification holds no password.
    package var description: String {
        switch self {
        case .uri(let uri, _): String(uri.prefix { $0 != "?" })
        case .service(let name, _): "service \(name)"
        case .instance(let name, let database): "database \(database) of \(name)"
        case .wholeInstance(let name): "all of \(name)"
        }
    }
}

/// How writes go over from the source to the target at the end of `full+incremental`.
package struct CutoverPolicy: Hashable, Sendable, Codable {
    package enum Occasion: String, CaseIterable, Sendable, Codable {
        /// A person says `pgsteer migration complete`.
        case manual
        /// As soon as the target has everything and the verification is clean.
        case automatic
        /// The same, but only while a window is open.
        case window
    }

    /// What becomes of the source's database.
    package enum SourceAfter: String, CaseIterable, Sendable, Codable {
        /// New sessions cannot write.
        case readOnly = "read-only"
        /// It takes no new sessions.
        case closed
        case untouched
    }

    package enum Rollback: String, CaseIterable, Sendable, Codable {
        /// Changes of the target go on to the source, so that there is a way back.
        case keep
        case none
    }

    /// What becomes of the endpoint of a source that is an instance of the fleet.
    package enum Endpoint: String, CaseIterable, Sendable, Codable {
        /// It leads to the target from then on where it can, and else stays with the reason told.
        case auto
        /// It leads to the target; where it cannot, there is no cut-over.
        case move
        case keep
    }

    package var when: Occasion = .manual
    /// The windows of `when: window`, as written; empty for the maintenance windows of the target's instance.
    package var windows: [String] = []
    /// How long writes may wait; a cut-over that would take longer is taken back.
    package var maxWritePause: Duration = .seconds(5)
    package var sourceAfter: SourceAfter = .readOnly
    package var rollback: Rollback = .none
    package var endpoint: Endpoint = .auto

    package init() {}
}

/// A check whose alarm is accepted, and why.
package struct SkippedCheck: Hashable, Sendable {
    package var id: Located<MigrationCheckID>
    package var reason: String

    package init(id: Located<MigrationCheckID>, reason: String) {
        self.id = id
        self.reason = reason
    }

    package static func == (left: SkippedCheck, right: SkippedCheck) -> Bool {
        left.id.value == right.id.value && left.reason == right.reason
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(id.value) }
}
