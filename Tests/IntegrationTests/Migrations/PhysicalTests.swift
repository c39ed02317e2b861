import PostgresClient
import SQL
import TestSupport
import Testing

/// All that an instance has becomes another one's, by its files.
@Suite struct PhysicalTests {
    /// A target with a standby and backups of its own, and a role of its own.
    private static let dual = "  availability: { mode: dual }\n  backup: { schedule: \"0 3 * * *\", keep: 7d }"

    @Test func `a whole instance goes over under load, none lost and none doubled`() async throws {
        try await PhysicalHome.with(target: Self.dual) { place in
            let checked = try await place.migration("check", "--all")
            #expect(checked.isSuccess && checked.output.contains("physical, since both ends"), "\(checked.output)")
            let endpoint = try await place.endpoint(of: "old")
            let load = WriteLoad(endpoint)
            let acknowledged = try await load.during {
                // Killed while the copy is made: nothing of it is of use.
                let killed = try await place.migration("start", crashAt: 22)
                #expect(killed.wasKilled, "\(killed.output)\(killed.errors)")
                let started = try await place.migration("start")
                #expect(started.output.contains("ready to complete"), "\(started.output)\(started.errors)")
                let status = try await place.migration("status", "-o", "json").output
                #expect(
                    status.contains("\"method\" : \"physical\"") || status.contains("\"method\": \"physical\""),
                    "\(status)"
                )
                #expect(status.contains("gapBytes") && status.contains("\"slotStatus\""), "\(status)")
                let plan = try await place.home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 0 && plan.errors.contains("PGS-111"), "\(plan.output)\(plan.errors)")
                let completed = try await place.migration("complete")
                #expect(completed.output.contains("completed; writes waited"), "\(completed.output)\(completed.errors)")
                let after = try await place.migration("status").output
                #expect(after.contains("of old leads to new"), "\(after)")
                // The clients keep their address and write on, now to the target.
                try await PostgresConnection.with(endpoint) {
                    try await $0.execute("INSERT INTO public.written VALUES (0)")
                }
                let here: Statement = "SELECT count(*) AS value FROM public.written WHERE id = 0"
                #expect(try await place.value(here, on: "new") == "1")
                #expect(try await place.value(here, on: "old") == "0", "the source takes writes")
            }
            try await place.apply()
            try await place.expectFixedPoint()
            let arrived =
                try await PostgresConnection.with(try await place.endpoint(of: "new")) {
                    try await $0.query("SELECT id FROM public.written")
                }
                .compactMap { $0.integer("id") }
            #expect(acknowledged.subtracting(arrived).isEmpty, "lost writes")
            #expect(Set(arrived).count == arrived.count, "doubled writes")
            try await Self.expectAll(place)
        }
    }

    /// Expects what files bring and rows do not, and what the target has of its own.
    private static func expectAll(_ place: PhysicalHome) async throws {
        #expect(try await place.leftovers() == [])
        #expect(try await place.value("SELECT count(*) AS value FROM public.big", on: "new") == "20000")
        #expect(try await place.value("SELECT nextval('public.tick') AS value", on: "new") == "40")
        #expect(try await place.value("SELECT convert_from(lo_get(4711), 'UTF8') AS value", on: "new") == "large")
        #expect(
            try await place.value("SELECT count(*) AS value FROM pg_roles WHERE rolname = 'stranger'", on: "new") == "1"
        )
        #expect(try await place.value("SELECT current_setting('cluster_name') AS value", on: "new") == "new")
        let same = try await place.value("SELECT pg_is_in_recovery()::text AS value", on: "new", node: 2)
        #expect(same == "true", "its standby was made anew")
        let backed = try await place.home.run("backup", "create", "new")
        #expect(backed.isSuccess, "\(backed.output)\(backed.errors)")
    }

    @Test func `a run that is killed or cancelled anywhere leaves the target as it was`() async throws {
        try await PhysicalHome.with { place in
            let identifier = try await place.systemIdentifier(of: "new")
            for number in [5, 9, 12, 15, 17, 19, 21, 23, 40] {
                let killed = try await place.migration("start", crashAt: number)
                if killed.wasKilled, number > 15 {
                    let again = try await place.migration("start")
                    #expect(again.output.contains("ready to complete"), "\(number): \(again.output)\(again.errors)")
                }
                let cancelled = try await place.migration("cancel")
                #expect(cancelled.isSuccess, "\(number): \(cancelled.output)\(cancelled.errors)")
                try await place.expectOwnTarget(identifier, "after a crash at \(number)")
                #expect(try await place.migration("delete").isSuccess)
                if !killed.wasKilled { break }
            }
            // Paused and resumed, then killed while it cuts over.
            #expect(try await place.migration("start").isSuccess)
            let paused = try await place.migration("pause")
            #expect(paused.output.contains("paused"), "\(paused.output)\(paused.errors)")
            try await place.execute("INSERT INTO public.written VALUES (1)")
            let resumed = try await place.migration("resume")
            #expect(resumed.output.contains("ready to complete"), "\(resumed.output)\(resumed.errors)")
            try await Self.sweepCompletion(place)
            let endpoint = try await place.endpoint(of: "old")
            let cluster = try await PostgresConnection.with(endpoint) {
                try await $0.query("SELECT current_setting('cluster_name') AS value")
            }
            #expect(cluster.first?["value"] == "new")
            #expect(try await place.leftovers() == [])
            #expect(try await place.value("SELECT count(*) AS value FROM public.written", on: "new") == "1")
            try await place.apply()
            try await place.expectFixedPoint()
        }
    }

    /// Kills the cut-over at one side effect after the other until it gets through.
    private static func sweepCompletion(_ place: PhysicalHome) async throws {
        var number = 1
        while number < 120 {
            let result = try await place.migration("complete", crashAt: number)
            guard result.wasKilled else {
                #expect(result.output.contains("move: completed"), "\(number): \(result.output)\(result.errors)")
                return
            }
            let state = try await place.migration("status").output
            if state.contains("completing") {
                let mended = try await place.migration("start")
                #expect(mended.isSuccess, "\(number): \(mended.output)\(mended.errors)")
                if mended.output.contains("move: completed") { return }
            }
            number += 5
        }
        Issue.record("the cut-over had more than 120 side effects")
    }

    @Test func `a copy that is not followed takes over at once, and a target that is in use is refused`() async throws {
        try await PhysicalHome.with { place in
            try place.home.write(PhysicalHome.specification(cutover: nil))
            try await place.execute("CREATE TABLE public.mine (id int)", on: "new")
            let refused = try await place.migration("start")
            #expect(refused.errors.contains("physical-target"), "\(refused.output)\(refused.errors)")
            let checked = try await place.migration("check")
            #expect(checked.output.contains("new is not empty"), "\(checked.output)")
            try await place.execute("DROP TABLE public.mine", on: "new")
            let started = try await place.migration("start")
            #expect(started.output.contains("move: completed"), "\(started.output)\(started.errors)")
            #expect(try await place.value("SELECT count(*) AS value FROM public.big", on: "new") == "20000")
            try await place.execute("INSERT INTO public.written VALUES (1)", on: "old")
            try await place.execute("INSERT INTO public.written VALUES (2)", on: "new")
            #expect(try await place.leftovers() == [])
            try await place.apply()
            try await place.expectFixedPoint()
        }
    }
}
