import Backups
import Dashboard
import FleetModel
import Planning
import Reconciliation
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Facts of a small fleet with everything in it that can be shown.
enum Fixture {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static var loop: LoopState {
        var loop = LoopState(process: 4711, started: now, interval: 30, isObserveOnly: false)
        loop.specDigest = "sha256:12"
        loop.commit = "0123456789abcdef0123456789abcdef01234567"
        loop.git = GitState(remote: "https://git.example.org/db.git", reference: "main", path: "specs")
        loop.git?.answered = now
        loop["orders"] = InstanceState(name: "orders")
        return loop
    }

    /// - Parameter remark: Of the account; chosen by whoever may make accounts.
    static func facts(remark: String = "the web shop", spoken: String = "as desired") -> FleetFacts {
        var facts = FleetFacts(time: now, loop: loop)
        facts.instances = [orders(remark: remark), InstanceFacts(name: "new")]
        facts.events = [LoopEvent(.settled, .warning, instance: "orders", spoken)]
        facts.history = [
            HistoryFact(
                run: "abc",
                verb: "run",
                user: "root",
                commit: "0123456789abcdef",
                instance: "orders",
                resource: "Account/orders/app",
                summary: "make account app on orders",
                impact: "none",
                status: "performed",
                started: now,
                seconds: 0.25
            )
        ]
        facts.migrations = [
            migration,
            MigrationFact(
                name: "later",
                source: "service old",
                target: "database crm of orders",
                type: "full",
                waitsFor: "begins at 2027-02-01T00:00:00Z"
            ),
        ]
        facts.counts.add(.settled, of: "orders", seconds: 0.5)
        facts.counts.add(.failed("no"), of: "orders", seconds: 1)
        facts.notifications.channels = ["ops": NotificationCounts.Channel()]
        return facts
    }

    /// One that is being copied while its target follows.
    private static var migration: MigrationFact {
        var fact = MigrationFact(
            name: "move",
            source: "service old",
            target: "database shop of orders",
            type: "full+incremental"
        )
        var look = MigrationLook(state: .fullCopy, started: now - 600, changed: now - 60)
        var progress = MigrationLook.Progress()
        progress.activity = "copying"
        progress.tables = 12
        progress.tablesDone = 7
        progress.bytes = 1 << 30
        progress.bytesDone = 256 << 20
        progress.running = ["public.orders"]
        progress.tablesAtWork = [
            MigrationLook.Progress.Table(name: "public.orders", bytes: 2_097_152, movedBytes: 1_048_576, rows: 4711)
        ]
        progress.bytesPerSecond = 10_000_000
        progress.remainingSeconds = 75
        look.progress = progress
        look.following = MigrationLook.Following(gapBytes: 4096, lagSeconds: 1.5)
        look.isWorkedOn = true
        fact.show(look)
        return fact
    }

    static func orders(remark: String) -> InstanceFacts {
        var primary = ObservedNode(number: 1, role: .primary, isRunning: true, processID: 12, zone: "a")
        primary.waitingParameters = ["shared_buffers"]
        var standby = ObservedNode(number: 2, role: .standby, isRunning: true, processID: 13, zone: "b")
        standby.following = ObservedFollowing(state: "streaming", isSynchronous: false, lagBytes: 4096)
        var placement = InstanceObservation(
            name: "orders",
            state: .running,
            id: "pg-abcdefgh",
            major: 15,
            charset: "UTF8",
            endpoint: ObservedEndpoint(address: "127.0.0.1", port: 7301, isOpen: true),
            nodes: [primary, standby]
        )
        placement.record.tags = ["env": "prod"]
        placement.record.size = ["memory": "512MiB"]
        var state = InstanceState(name: "orders")
        state.conditions = [
            Condition(.ready, isTrue: false, .waitingForWindow, "waits until Sunday, 02:00", since: now),
            Condition(.reconciling, .waitingForWindow, "waits until Sunday, 02:00", since: now),
        ]
        state.lastLook = now
        state.nextLook = now
        let look = LoopLook(
            observed: ObservedInstance(placement: placement, server: nil),
            plan: plan,
            drift: ["Instance/orders parameters.work_mem"],
            time: now
        )
        var facts = InstanceFacts(state, look: look)
        facts.accounts = [AccountFact(name: "app", remark: remark)]
        facts.databases = [DatabaseFact(name: "shop", owner: "app")]
        facts.backups = backups
        facts.slowThreshold = "1s"
        facts.slowStatements = [
            SlowStatementFact(
                statement: "SELECT * FROM orders WHERE remark = ? AND \(remark)",
                calls: 3,
                totalMilliseconds: 4500,
                meanMilliseconds: 1500,
                worstMilliseconds: 2100,
                worstTime: now,
                databases: ["shop"]
            )
        ]
        facts.show([1: series(isStandby: false), 2: series(isStandby: true)])
        return facts
    }

    /// Two backups of which one is damaged, a gap in the log, and a try of a restore.
    private static var backups: BackupsFact {
        let seconds = Int(now.timeIntervalSince1970)
        func backup(_ id: String, _ ended: Int) -> BackupRecord {
            BackupRecord(
                id: id,
                major: 15,
                charset: "UTF8",
                started: ended - 40,
                ended: ended,
                timeline: 1,
                start: "0/2000028",
                end: "0/2000100",
                snapshot: "730:730:",
                dataBytes: 30 << 20,
                bytes: 4 << 20,
                compression: "zstd"
            )
        }
        var damaged = backup("20270115T060000Z", seconds - 3600)
        damaged.verification = BackupRecord.Verification(time: seconds - 3000, problem: "base.tar is missing")
        var log = ArchivedLog()
        for number in [2, 3, 5] as [UInt64] {
            log.files[LogSegment(timeline: 1, number: number)] = ArchivedLog.File(
                bytes: 1 << 20,
                archived: seconds - 60
            )
        }
        var archive = ObservedArchive(
            instance: "orders",
            instanceID: "pg-abcdefgh",
            isRunning: true,
            backups: [backup("20270114T060000Z", seconds - 90_000), damaged],
            log: log
        )
        archive.policy = BackupFacts(schedule: "0 3 * * *", keep: "7d", drill: "0 5 * * 0")
        archive.drill = DrillResult(time: seconds - 7200, backup: "20270114T060000Z", files: 2)
        archive.drill?.restoreSeconds = 4.5
        return BackupsFact(ArchiveSummary(archive), archiver: nil, now: now)
    }

    private static var plan: Plan {
        let change = Change(
            .instance("orders"),
            .update,
            because: .differs,
            differences: [
                Difference("parameters.work_mem", observed: "4MB", desired: "8MB", impact: .reload),
                Difference("parameters.max_connections", observed: "100", desired: "200", impact: .restart),
            ]
        )
        let action = Action(
            id: "a1",
            resource: .instance("orders"),
            operation: .restart,
            summary: "restart orders for max_connections",
            reason: .differs,
            impact: .restart
        )
        let sessions = Plan.Disruption.Sessions(
            database: "shop",
            user: "app",
            application: "web",
            count: 7,
            openTransactions: 2,
            longestTransactionSeconds: 312.5
        )
        let prepared = Plan.Disruption.PreparedTransaction(name: "t1", database: "shop", user: "app", seconds: 7200)
        return Plan(
            changes: [change],
            actions: [action],
            digest: "sha256:0",
            disruptions: [
                Plan.Disruption(
                    instance: "orders",
                    sessions: [sessions],
                    replication: [],
                    preparedTransactions: [prepared],
                    pendingParameters: [
                        Plan.Disruption.PendingParameter(name: "max_wal_senders", observed: "10", pending: "2")
                    ]
                )
            ]
        )
    }

    static func series(isStandby: Bool) -> FigureSeries {
        var series = FigureSeries()
        for step in 0..<5 { series.add(figures(at: Double(step) * 10, isStandby: isStandby)) }
        return series
    }

    static func figures(at time: Double, isStandby: Bool = false) -> ServerFigures {
        let text = """
            {
              "time": \(1_800_000_000 + time), "started": 1799990000, "isStandby": \(isStandby),
              "sessions": { "used": \(10 + Int(time)), "allowed": 97, "active": 2, "idleInTransaction": 1, "waiting": 0 },
              "counters": { "commits": \(Int(time) * 500), "rollbacks": \(Int(time)), "blocksHit": \(900 + Int(time) * 90),
                "blocksRead": \(100 + Int(time)), "walBytes": \(Int(time) * 1_000_000), "deadlocks": 1, "temporaryFiles": 2,
                "temporaryBytes": 8192, "checkpointsTimed": 3, "checkpointsRequested": 1,
                "statements": { "calls": \(1_000 + Int(time)), "totalMilliseconds": 2500.5 } },
              "oldestTransactionSeconds": 12.5,
              "followers": [{ "name": "pgsteer_node_2", "state": "streaming", "lagBytes": 2048, "lagSeconds": 0.002 }],
              "storage": { "databaseBytes": 30000000, "walBytes": 16777216, "allowedBytes": 1073741824 },
              "deadRows": 40, "liveRows": 4000
            }
            """
        guard let figures = try? JSONDecoder().decode(ServerFigures.self, from: Data(text.utf8)) else {
            fatalError("the fixture is no figures")
        }
        return figures
    }

    static func answer(_ request: WebRequest, _ facts: FleetFacts = facts(), token: String? = nil) -> WebResponse {
        Routes(access: AccessRule(token: token)).response(to: request) { facts }
    }
}
