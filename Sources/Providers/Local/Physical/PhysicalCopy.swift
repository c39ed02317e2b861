/// What an instance remembers while all that another one has becomes its own.
struct PhysicalCopy: Codable, Hashable, Sendable {
    /// The name of the migration.
    var migration: String
    /// The name of the slot on the source, and of the sessions there.
    var slot: String
    /// The instance that it is copied from.
    var source: String
    /// Which instance had that name when it was copied: `pg-` and 8 letters or digits.
    var sourceID: String?
    /// What initdb gave the instance's own data, which is kept until the end.
    var ownSystemIdentifier: String?
    /// Whether the copy is in its place and on the disk: the server syncs all files when it starts on it first.
    var isSafe = false
}

extension [String: PhysicalCopy] {
    /// Why an instance cannot go while all that one has becomes another's; nil when no such migration is at work on it.
    func removalObstacle(of name: String) -> (reason: String, help: String)? {
        func obstacle(_ copy: PhysicalCopy, _ what: String) -> (reason: String, help: String) {
            (
                "the migration \(copy.migration) is filling \(what)",
                "end the migration first: pgsteer migration complete or cancel \(copy.migration)"
            )
        }
        if let copy = self[name] { return obstacle(copy, "it from \(copy.source)") }
        let targets = filter { $0.value.source == name }
        guard let target = targets.keys.min(), let copy = targets[target] else { return nil }
        return obstacle(copy, "\(target) from it")
    }
}

/// The two ends of a physical migration, and what it is called.
package struct PhysicalEnds: Hashable, Sendable {
    package var migration: String
    /// The name of slot and sessions.
    package var slot: String
    package var source: String
    package var target: String
    /// Databases that documents declare on the target: those may be there before.
    package var declaredDatabases: Set<String>

    package init(
        migration: String,
        slot: String,
        source: String,
        target: String,
        declaredDatabases: Set<String>
    ) {
        self.migration = migration
        self.slot = slot
        self.source = source
        self.target = target
        self.declaredDatabases = declaredDatabases
    }
}

/// How far the data of a target is.
package enum PhysicalStage: Hashable, Sendable {
    /// There is its own data, or a copy that a loss of power may have damaged.
    case nothing
    /// It is a standby of the source.
    case following
    /// It was a standby and has taken over.
    case tookOver
}

/// How far a target is behind its source.
package struct PhysicalPosition: Hashable, Sendable {
    /// What the source has written and the target has not replayed.
    package var gapBytes: Int
    /// The age of the newest transaction that was replayed; 0 when nothing is left to be replayed.
    package var lagSeconds: Double
    /// Why it does not get on; nil while the log comes.
    package var problem: String?
}

extension NodeFolder {
    /// The instance's own data while the source's is in its place.
    var ownData: String { path + "/data.own" }
    /// A complete copy of the source's data that has not taken its place yet.
    static let copiedName = "data.copied"
    /// Makes a server follow another instance; read after what the specifications say.
    static func sourceConfiguration(in data: String) -> String { data + "/conf.d/source.conf" }
}
