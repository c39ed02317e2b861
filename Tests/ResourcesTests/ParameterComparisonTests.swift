import Diagnostics
import FleetModel
import Resources
import SQL
import Testing

private let place = SourceRange(
    file: SourceFile(path: "a.yaml", text: ""),
    line: 3,
    column: 5,
    endLine: 3,
    endColumn: 9
)

private func assignment(_ name: String, _ value: String) -> ParameterAssignment {
    ParameterAssignment(
        name: name,
        value: value,
        range: place,
        origin: .instance,
        definition: ParameterCatalogue.definition(of: name, major: 15)
    )
}

private func observed(
    _ name: String,
    _ setting: String,
    isOurs: Bool = false,
    isPending: Bool = false,
    source: String? = nil
)
    -> ObservedParameter
{
    let definition = ParameterCatalogue.definition(of: name, major: 15)
    let columns = [
        "name", "reset_val", "unit", "boot_val", "context", "vartype", "source", "sourcefile", "pending_restart",
    ]
    return ObservedParameter(
        Row(
            columns: Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) }),
            values: [
                name, setting, definition?.unit, definition?.defaultValue, definition?.context.rawValue,
                definition?.kind.rawValue, source ?? (isOurs ? "configuration file" : "default"),
                isOurs ? "/data/conf.d/pgsteer.conf" : nil, isPending ? "t" : "f",
            ]
        )
    )
}

private func differences(
    _ desired: [ParameterAssignment],
    _ observed: [ObservedParameter],
    applied: [String: AppliedParameter] = [:]
) -> [Difference] {
    ParameterComparison.differences(
        desired: desired,
        observed: Dictionary(uniqueKeysWithValues: observed.map { ($0.name, $0) }),
        applied: applied
    )
}

@Suite struct ParameterComparisonTests {
    @Test func `equal values in other units are no difference`() {
        #expect(differences([assignment("work_mem", "8MB")], [observed("work_mem", "8192")]).isEmpty)
        #expect(differences([assignment("enable_seqscan", "true")], [observed("enable_seqscan", "on")]).isEmpty)
    }

    @Test func `a difference has both values as a person writes them, its impact and its line`() throws {
        let found = try #require(
            differences([assignment("max_connections", "200")], [observed("max_connections", "100")]).first
        )
        #expect(
            found
                == Difference(
                    "parameters.max_connections",
                    observed: "100",
                    desired: "200",
                    impact: .restart,
                    source: place
                )
        )
        let reload = try #require(differences([assignment("work_mem", "8MB")], [observed("work_mem", "4096")]).first)
        #expect(reload.observed == "4MB")
        #expect(reload.impact == .reload)
    }

    @Test func `what has been put back and waits for a restart is not put back again`() throws {
        func found(_ waiting: String?, in file: String?, isTakenOut: Bool = false) -> Difference? {
            var parameter = observed("max_connections", "80", isOurs: true, isPending: true)
            (parameter.waiting, parameter.waitingFile) = (waiting, file)
            parameter.isTakenOut = isTakenOut ? true : nil
            let applied = ["max_connections": AppliedParameter(written: "80", became: "80")]
            return differences([], [parameter], applied: applied).first
        }
        #expect(try #require(found("100", in: "/data/postgresql.conf")).isPendingRestart == true)
        #expect(try #require(found(nil, in: nil, isTakenOut: true)).isPendingRestart == true)
        #expect(try #require(found("90", in: "/data/conf.d/pgsteer.conf")).isPendingRestart == nil)
        #expect(try #require(found(nil, in: nil)).isPendingRestart == nil, "the files cannot be read")
    }

    @Test func `what pgsteer applied and nobody desires any more is put back, where our file still sets it`() {
        let applied = ["work_mem": AppliedParameter(written: "8MB", became: "8192")]
        let ours = differences([], [observed("work_mem", "8192", isOurs: true)], applied: applied)
        #expect(ours == [Difference("parameters.work_mem", observed: "8MB", desired: nil, impact: .reload)])
        #expect(differences([], [observed("work_mem", "8192")], applied: applied).isEmpty)
    }

    @Test func `what somebody else set is left alone`() {
        #expect(differences([], [observed("work_mem", "8192", isOurs: true)]).isEmpty)
    }

    @Test(arguments: ["global", "database", "user", "database user"])
    func `a value that our own session's role or database hides is written once`(source: String) {
        let desired = [assignment("work_mem", "5MB")]
        let hidden = observed("work_mem", "13312", source: source)
        #expect(differences(desired, [hidden]).count == 1)
        let applied = ["work_mem": AppliedParameter(written: "5MB", became: "13312")]
        #expect(differences(desired, [hidden], applied: applied).isEmpty)
        #expect(differences([assignment("work_mem", "6MB")], [hidden], applied: applied).count == 1)
        #expect(
            differences(
                desired,
                [observed("work_mem", "13312", isOurs: true)],
                applied: ["work_mem": .init(written: "5MB", became: "5120")]
            )
            .count == 1
        )
    }

    @Test(
        arguments: [
            // What runs, what waits in the files (nil: they cannot be read), what is found, whether the desired 60 waits.
            ("50", nil, "50", true), ("50", "60", "50", true), ("50", "70", "50, 70 after the next restart", false),
            ("60", "60", nil, false), ("60", "70", "60, 70 after the next restart", false),
            ("60", nil, "60, another value after the next restart", false),
        ] as [(String, String?, String?, Bool)]
    )
    func `what waits for a restart is compared, too`(runs: String, waits: String?, found: String?, isWaiting: Bool) {
        var parameter = observed("max_connections", runs, isOurs: true, isPending: true)
        parameter.waiting = waits
        let applied = ["max_connections": AppliedParameter(written: "60", became: runs)]
        let difference = differences([assignment("max_connections", "60")], [parameter], applied: applied).first
        #expect(difference?.observed == found)
        #expect(difference?.isPendingRestart ?? false == isWaiting)
    }

    @Test func `a text that the server spells in its own way is no difference once that was seen`() {
        let desired = [assignment("DateStyle", "iso, dmy")]
        #expect(differences(desired, [observed("DateStyle", "ISO, DMY")]).count == 1)
        let applied = ["DateStyle": AppliedParameter(written: "iso, dmy", became: "ISO, DMY")]
        #expect(differences(desired, [observed("DateStyle", "ISO, DMY")], applied: applied).isEmpty)
        #expect(differences(desired, [observed("DateStyle", "ISO, MDY")], applied: applied).count == 1)
        #expect(
            differences([assignment("DateStyle", "iso, mdy")], [observed("DateStyle", "ISO, DMY")], applied: applied)
                .count == 1
        )
    }
}
