import Diagnostics
import FleetModel
import SpecSchema
import YAMLSyntax

/// A Migration document's `spec` as written.
struct MigrationSpec: Sendable {
    var source: Located<MigrationEndSpec>?
    var target: Located<MigrationEndSpec>?
    var type: Located<MigrationType>?
    var method: Located<MigrationMethod>?
    var objects: Located<ObjectSelection>?
    var roles: Located<Bool>?
    var start: Located<MigrationStart>?
    var cutover: Located<CutoverSpec>?
    var concurrency: Located<Int>?
    var skipChecks: Located<[Located<SkippedCheckSpec>]>?
    var sourceGuard: Located<SourceGuardSpec>?
    var rename: Located<RenamingSpec>?

    static let schema = ObjectSchema<MigrationSpec>(
        "Migration",
        Migration.summary,
        make: { _ in MigrationSpec() },
        fields: [
            Field(
                "source",
                \.source,
                .migrationEnd("source"),
                required: true,
                "The database or the whole instance that is moved."
            ),
            Field("target", \.target, .migrationEnd("target"), required: true, "Where it is moved to."),
            Field(
                "type",
                \.type,
                .choice(of: "migration type"),
                required: true,
                "structure: definitions; full: rows, too; full+incremental: changes made meanwhile, too."
            ),
            Field(
                "method",
                \.method,
                .choice(of: "method"),
                "auto (by default): physical for a whole instance, else logical; logical: row by row; physical: the files of the instance."
            ),
            Field("objects", \.objects, .objectSelection, "What of the database is moved; all by default."),
            Field("rename", \.rename, .object(RenamingSpec.schema), "What has another name in the target."),
            Field("roles", \.roles, .boolean, "Whether roles are made in the target, too; false by default."),
            Field("start", \.start, .migrationStart, "now (by default), or not before a time with its zone."),
            Field("cutover", \.cutover, .object(CutoverSpec.schema), "How writes go over to the target."),
            Field(
                "guard",
                \.sourceGuard,
                .object(SourceGuardSpec.schema),
                "What the source's disk may be filled with."
            ),
            Field(
                "concurrency",
                \.concurrency,
                .integer(1...64),
                "Tables that are copied side by side; the cores of the target by default."
            ),
            Field(
                "skipChecks",
                \.skipChecks,
                .list(of: .object(SkippedCheckSpec.schema)),
                "Checks whose alarms are accepted, each with a reason; what failed cannot be skipped."
            ),
        ]
    )
}

/// One end as written.
struct MigrationEndSpec: Sendable {
    var uri: Located<String>?
    var service: Located<String>?
    var passwordFrom: Located<SecretReference>?
    var instance: Located<String>?
    var database: Located<String>?

    static func schema(_ noun: String) -> ObjectSchema<MigrationEndSpec> {
        ObjectSchema(
            noun,
            "A database of an instance, behind a URI or behind a service; or a whole instance.",
            refused: ["password": "a password does not belong into a specification; use passwordFrom"],
            make: { _ in MigrationEndSpec() },
            fields: [
                Field(
                    "uri",
                    \.uri,
                    .databaseURI,
                    "postgresql://USER@HOST:PORT/DATABASE, without a password."
                ),
                Field("service", \.service, .text, "The name of a service in a connection service file."),
                Field("passwordFrom", \.passwordFrom, .secretReference, "Where the password is kept."),
                Field("instance", \.instance, Rules.instanceName, "An instance that a document declares."),
                Field(
                    "database",
                    \.database,
                    Rules.databaseName,
                    "The database on that instance; the whole instance without it."
                ),
            ]
        )
    }

    /// Returns the end; nil after telling why there is none.
    func end(_ noun: String, at range: SourceRange, collector: inout DiagnosticCollector) -> MigrationEnd? {
        let ways = [uri?.range, service?.range, instance?.range].compactMap(\.self)
        guard ways.count == 1 else {
            collector.emitBadValue(
                "The \(noun) has \(ways.isEmpty ? "neither" : "more than one of") instance, uri \(ways.isEmpty ? "nor" : "and") service.",
                at: ways.dropFirst().first ?? range,
                help: "write instance and database for an instance of the fleet, uri or service for another server"
            )
            return nil
        }
        if instance == nil, let database {
            collector.emitBadValue(
                "The \(uri == nil ? "service" : "URI") says which database is meant.",
                at: database.range,
                help: "leave database out"
            )
            return nil
        }
        if let uri { return .uri(uri.value, password: passwordFrom?.value) }
        if let service { return .service(service.value, password: passwordFrom?.value) }
        guard let instance else { return nil }
        if let passwordFrom {
            collector.emitBadValue(
                "pgsteer reaches Instance/\(instance.value) as it is declared and needs no other password.",
                at: passwordFrom.range,
                help: "leave passwordFrom out"
            )
            return nil
        }
        guard let database else { return .wholeInstance(instance.value) }
        return .instance(instance.value, database: database.value)
    }

    /// The instance and the database that must be declared.
    var references: [Located<ResourceID>] {
        guard let instance else { return [] }
        let server = instance.map { ResourceID.instance($0) }
        return [server]
            + (database.map { [$0.map { ResourceID(Database.kind, instance.value, $0) }] } ?? [])
    }
}

/// `cutover` as written.
struct CutoverSpec: Sendable {
    var when: Located<CutoverPolicy.Occasion>?
    var windows: Located<[Located<String>]>?
    var maxWritePause: Located<Duration>?
    var sourceAfter: Located<CutoverPolicy.SourceAfter>?
    var rollback: Located<CutoverPolicy.Rollback>?
    var endpoint: Located<CutoverPolicy.Endpoint>?

    static let schema = ObjectSchema<CutoverSpec>(
        "cutover",
        "How writes go over from the source to the target; for full+incremental only.",
        make: { _ in CutoverSpec() },
        fields: [
            Field(
                "when",
                \.when,
                .choice(of: "moment of the cut-over"),
                "manual (by default): when a person completes the migration; automatic: as soon as nothing is missing; window: the same, within a window."
            ),
            Field(
                "windows",
                \.windows,
                .list(of: .maintenanceWindow),
                "Windows for when: window; those of the target's instance by default."
            ),
            Field(
                "maxWritePause",
                \.maxWritePause,
                .pause,
                "How long writes may wait before the cut-over is taken back; 5s by default."
            ),
            Field(
                "sourceAfter",
                \.sourceAfter,
                .choice(of: "state of the source"),
                "What the source's database is afterwards: read-only (by default), closed or untouched."
            ),
            Field(
                "rollback",
                \.rollback,
                .choice(of: "rollback"),
                "keep: changes of the target go on to the source, so that there is a way back; none (by default)."
            ),
            Field(
                "endpoint",
                \.endpoint,
                .choice(of: "course of the endpoint"),
                "Whether the source's endpoint leads to the target afterwards: auto (by default), where both are instances and nothing else is behind it; move, or there is no cut-over; keep."
            ),
        ]
    )

    var policy: CutoverPolicy {
        var policy = CutoverPolicy()
        policy.when = when?.value ?? policy.when
        policy.windows = windows?.value.map(\.value) ?? []
        policy.maxWritePause = maxWritePause?.value ?? policy.maxWritePause
        policy.sourceAfter = sourceAfter?.value ?? policy.sourceAfter
        policy.rollback = rollback?.value ?? policy.rollback
        policy.endpoint = endpoint?.value ?? policy.endpoint
        return policy
    }
}

/// An entry of `skipChecks` as written.
struct SkippedCheckSpec: Sendable {
    var id: Located<MigrationCheckID>?
    var reason: Located<String>?

    static let schema = ObjectSchema<SkippedCheckSpec>(
        "skipped check",
        "A check whose alarm is accepted.",
        make: { _ in SkippedCheckSpec() },
        fields: [
            Field("id", \.id, .choice(of: "check"), required: true, "The check, such as unlogged-tables."),
            Field(
                "reason",
                \.reason,
                .text(named: "text", minimumLength: 1, maximumLength: 500) { text in
                    text.allSatisfy(\.isWhitespace) ? "A reason says something." : nil
                },
                required: true,
                "Why the alarm is accepted; it stands in every report."
            ),
        ]
    )
}
