package import Resources
import SpecSchema

/// How bad a finding is, as the product document has it: "Failed" blocks the migration, "Alarm" is for a person to weigh.
package enum CheckSeverity: String, Codable, Sendable, Comparable, CaseIterable {
    case alarm
    case failed

    package static func < (left: CheckSeverity, right: CheckSeverity) -> Bool { left == .alarm && right == .failed }
}

/// When a check means anything.
package enum CheckOccasion: String, Sendable, CaseIterable {
    case always
    /// When rows are moved: `full` and `full+incremental`.
    case rows
    /// When changes are followed: `full+incremental`.
    case changes
    /// When there is to be a way back: `cutover.rollback: keep`.
    case wayBack = "way back"
    /// With `roles: true`.
    case roles
    /// Without `roles: true`.
    case noRoles = "no roles"
    /// When only part of the database is chosen.
    case selection
    /// When schemas get other names.
    case renaming
    /// When a whole instance is moved.
    case physical

    func applies(to migration: Migration) -> Bool {
        switch self {
        case .always: true
        case .rows: migration.type.value != .structure
        case .changes: migration.type.value == .fullAndIncremental
        case .wayBack: migration.type.value == .fullAndIncremental && migration.cutover.rollback == .keep
        case .roles: migration.carriesRoles
        case .noRoles: !migration.carriesRoles
        case .selection: !migration.objects.isEverything
        case .renaming: !migration.renaming.isEmpty
        case .physical: migration.isPhysical
        }
    }
}

/// One thing that is looked at before a migration: what it asks both ends, and what it makes of the answers.
package struct MigrationCheck: Sendable {
    package let id: MigrationCheckID
    /// What must hold, in a few words.
    package let title: String
    /// The worst that it finds.
    package let severity: CheckSeverity
    package let occasion: CheckOccasion
    /// Why it matters, in a sentence or two.
    package let why: String
    let source: [Question]
    let target: [Question]
    /// Reads answers and returns what is wrong; asks nobody anything.
    let decide: @Sendable (CheckFacts) -> [CheckFinding]

    init(
        _ id: MigrationCheckID,
        _ title: String,
        _ severity: CheckSeverity,
        _ occasion: CheckOccasion = .always,
        why: String,
        source: [Question] = [],
        target: [Question] = [],
        decide: @escaping @Sendable (CheckFacts) -> [CheckFinding]
    ) {
        self.id = id
        self.title = title
        self.severity = severity
        self.occasion = occasion
        self.why = why
        self.source = source
        self.target = target
        self.decide = decide
    }
}

/// One thing that a check found.
package struct CheckFinding: Codable, Hashable, Sendable {
    package var severity: CheckSeverity
    /// What was found, in a sentence.
    package var found: String
    /// What it was found in, all of it, by the names that people use.
    package var objects: [String]
    package var fix: CheckFix?

    init(_ severity: CheckSeverity, _ found: String, _ objects: [String] = [], fix: CheckFix? = nil) {
        self.severity = severity
        self.found = found
        self.objects = objects
        self.fix = fix
    }

    static func failed(_ found: String, _ objects: [String] = [], fix: CheckFix? = nil) -> CheckFinding {
        CheckFinding(.failed, found, objects, fix: fix)
    }

    static func alarm(_ found: String, _ objects: [String] = [], fix: CheckFix? = nil) -> CheckFinding {
        CheckFinding(.alarm, found, objects, fix: fix)
    }
}

/// How to put it right: commands to copy, and where to run them.
package struct CheckFix: Codable, Hashable, Sendable {
    package enum Place: String, Codable, Sendable {
        /// SQL for the source's database.
        case source
        /// SQL for the target's database.
        case target
        /// A line of a shell.
        case shell
        /// Keys of the specification.
        case specification
    }

    package var place: Place
    package var commands: [String]
    /// What to do besides, or first.
    package var note: String?

    /// Commands for more objects than this are cut; the objects are told in full.
    private static let most = 20

    private init(_ place: Place, _ commands: [String], note: String?) {
        self.place = place
        self.commands = Array(commands.prefix(Self.most))
        let rest = commands.count - self.commands.count
        let more = rest > 0 ? "and \(rest) more of the same" : nil
        let notes = [more, note].compactMap(\.self)
        self.note = notes.isEmpty ? nil : notes.joined(separator: "; ")
    }

    static func source(_ commands: String..., note: String? = nil) -> CheckFix { .source(commands, note: note) }
    static func source(_ commands: [String], note: String? = nil) -> CheckFix {
        CheckFix(.source, commands, note: note)
    }
    static func target(_ commands: String..., note: String? = nil) -> CheckFix { .target(commands, note: note) }
    static func target(_ commands: [String], note: String? = nil) -> CheckFix {
        CheckFix(.target, commands, note: note)
    }
    static func shell(_ commands: String..., note: String? = nil) -> CheckFix { CheckFix(.shell, commands, note: note) }
    static func specification(_ lines: String..., note: String? = nil) -> CheckFix {
        CheckFix(.specification, lines, note: note)
    }
}
