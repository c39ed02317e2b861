import Diagnostics
package import FleetModel
import SpecSchema

/// How far a migration may fill the disk of its source, whose log it needs until the target has taken it in.
package struct SourceGuard: Hashable, Sendable, Codable {
    /// What is done at the limit when nothing gets smaller.
    package enum AtLimit: String, CaseIterable, Sendable, Codable {
        /// The migration pauses, and a person decides.
        case pause
        /// The slot is given up: the source is safe, and the migration has to begin anew.
        case release
    }

    /// How much of the source's write-ahead log may be kept; nil for the usual limit.
    package var retainedWAL: ByteCount?
    package var atLimit = AtLimit.pause

    package init() {}
}

/// `guard` as written.
struct SourceGuardSpec: Sendable {
    var retainedWAL: Located<ByteCount>?
    var atLimit: Located<SourceGuard.AtLimit>?

    static let schema = ObjectSchema<SourceGuardSpec>(
        "guard",
        "What the migration may do to the source's disk; for full+incremental only.",
        make: { _ in SourceGuardSpec() },
        fields: [
            Field(
                "retainedWAL",
                \.retainedWAL,
                .size(.mebibytes(64)...ByteCount(bytes: 1 << 50)),
                "How much of its write-ahead log the source may keep; 10GiB, or a tenth of the database, by default."
            ),
            Field(
                "atLimit",
                \.atLimit,
                .choice(of: "measure"),
                "pause (by default): a person decides; release: the slot is given up, and the migration begins anew."
            ),
        ]
    )

    var value: SourceGuard {
        var result = SourceGuard()
        result.retainedWAL = retainedWAL?.value
        result.atLimit = atLimit?.value ?? result.atLimit
        return result
    }
}
