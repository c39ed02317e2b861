import Backups
import FleetModel
import Planning
import Reconciliation
import Resources
import Testing

@testable import Notifying

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is told, once, and when it is over.
@Suite struct AlarmBoardTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func state(_ conditions: [Condition], specProblem: String? = nil, digest: String? = "sha256:1") -> LoopState
    {
        var state = LoopState(process: 1, started: Self.start, interval: 30, isObserveOnly: false)
        state.specDigest = digest
        state.specProblem = specProblem
        var orders = InstanceState(name: "orders")
        orders.conditions = conditions
        state["orders"] = orders
        return state
    }

    private func conditions(_ outcome: LoopOutcome, failures: Int = 1) -> [Condition] {
        outcome.conditions(before: [], failures: failures, now: Self.start)
    }

    private func told(_ notices: [Notice]) -> [String] { notices.map { "\($0.topic) \($0.state) \($0.subject)" } }

    private func look(drift: [String] = [], primary: Int = 1, id: String = "pg-a", hasFailedBackup: Bool = false)
        -> LoopLook
    {
        let nodes = [1, 2]
            .map {
                ObservedNode(
                    number: $0,
                    role: $0 == primary ? .primary : .standby,
                    isRunning: true,
                    processID: 7,
                    zone: nil
                )
            }
        let placement = InstanceObservation(
            name: "orders",
            state: .running,
            id: id,
            major: 15,
            charset: "UTF8",
            endpoint: nil,
            nodes: nodes
        )
        var look = LoopLook(
            observed: ObservedInstance(placement: placement, server: nil),
            plan: Plan(changes: [], actions: [], digest: ""),
            drift: drift,
            time: Self.start
        )
        var archive = ObservedArchive(
            instance: "orders",
            instanceID: id,
            isRunning: true,
            backups: [],
            log: ArchivedLog()
        )
        if hasFailedBackup {
            archive.failure = BackupFailure(time: 1_700_000_000, count: 1, problem: "its disk is full")
        }
        look.archive = ArchiveSummary(archive)
        return look
    }

    @Test func `an instance that is stuck is told once, and again when it gets on`() {
        var board = AlarmBoard()
        let refused = conditions(.refused(.planRefused, "PGS-042 no"))
        let first = board.see(state(refused), now: Self.start)
        #expect(told(first) == ["stalled firing Instance/orders"])
        #expect(first.first?.message == "PGS-042 no (PlanRefused)")
        #expect(board.see(state(refused), now: Self.start + 30) == [])
        // Another reason is another thing to know.
        let failed = conditions(.failed("disk full"), failures: 5)
        #expect(told(board.see(state(failed), now: Self.start + 60)) == ["stalled firing Instance/orders"])
        let settled = board.see(state(conditions(.settled)), now: Self.start + 90)
        #expect(told(settled) == ["stalled resolved Instance/orders"])
        #expect(settled.first?.since == Self.start)
        #expect(board.see(state(conditions(.settled)), now: Self.start + 99) == [])
    }

    @Test func `what is seen while another program changes an instance is nobody's drift`() {
        var board = AlarmBoard()
        var amid = look(drift: ["Account/orders/app remark"])
        amid.isInconclusive = true
        #expect(board.see(amid, of: "orders", now: Self.start) == [])
        #expect(told(board.see(look(drift: ["Account/orders/app remark"]), of: "orders", now: Self.start)).count == 1)
        // Nor is it the end of one.
        var clean = look(drift: [])
        clean.isInconclusive = true
        #expect(board.see(clean, of: "orders", now: Self.start) == [])
        #expect(told(board.see(look(drift: []), of: "orders", now: Self.start)) == ["drift resolved Instance/orders"])
    }

    @Test func `a loop that starts anew tells nothing twice, and does not take a first try for a success`() throws {
        var board = AlarmBoard()
        _ = board.see(state(conditions(.failed("no"), failures: 5)), now: Self.start)
        let kept = try JSONEncoder().encode(board)
        var next = try JSONDecoder().decode(AlarmBoard.self, from: kept)
        #expect(next.see(state([]), now: Self.start) == [])
        #expect(next.see(state(conditions(.failed("no"), failures: 1)), now: Self.start) == [])
        #expect(next.see(state(conditions(.failed("no"), failures: 5)), now: Self.start) == [])
        #expect(told(next.see(state(conditions(.settled)), now: Self.start)) == ["stalled resolved Instance/orders"])
    }

    @Test func `what failed has not come right while it waits for an hour to be over, what was refused has`() {
        let waiting = LoopOutcome.held(.waitingForBudget, "waits", until: nil)
        #expect(conditions(waiting, failures: 5).map(\.type) == [.ready, .reconciling, .stalled])
        #expect(conditions(waiting, failures: 4).map(\.type) == [.ready, .reconciling])
        var board = AlarmBoard()
        _ = board.see(state(conditions(.failed("no"), failures: 5)), now: Self.start)
        for failures in [5, 0] {
            #expect(board.see(state(conditions(waiting, failures: failures)), now: Self.start) == [])
        }
        #expect(told(board.see(state(conditions(.settled)), now: Self.start)) == ["stalled resolved Instance/orders"])
        _ = board.see(state(conditions(.refused(.planRefused, "no"))), now: Self.start)
        let held = board.see(state(conditions(waiting, failures: 0)), now: Self.start)
        #expect(told(held) == ["stalled resolved Instance/orders"])
    }

    @Test func `drift is told when there is more of it, and when there is none left`() {
        var board = AlarmBoard()
        func see(_ drift: [String]) -> [String] { told(board.see(look(drift: drift), of: "orders", now: Self.start)) }
        #expect(see(["a work_mem"]) == ["drift firing Instance/orders"])
        #expect(see(["a work_mem"]) == [])
        #expect(see(["a work_mem", "b owner"]) == ["drift firing Instance/orders"])
        #expect(see(["b owner"]) == [])
        #expect(see([]) == ["drift resolved Instance/orders"])
    }

    @Test func `another primary is a failover, another instance of the same name is not`() {
        var board = AlarmBoard()
        func see(_ primary: Int, _ id: String = "pg-a") -> [String] {
            told(board.see(look(primary: primary, id: id), of: "orders", now: Self.start))
        }
        #expect(see(1) == [] && see(1) == [])
        #expect(see(2) == ["failover happened Instance/orders"])
        #expect(see(2) == [])
        #expect(see(1, "pg-b") == [])
    }

    @Test func `backups, migrations and specifications are told as well`() {
        var board = AlarmBoard()
        let failed = look(hasFailedBackup: true)
        #expect(told(board.see(failed, of: "orders", now: Self.start)) == ["backupFailed firing Instance/orders"])
        #expect(board.see(failed, of: "orders", now: Self.start) == [])
        #expect(told(board.see(look(), of: "orders", now: Self.start)) == ["backupFailed resolved Instance/orders"])
        func migration(_ isReady: Bool?) -> [String] {
            told([board.see(migration: "move", isReady: isReady, now: Self.start)].compactMap(\.self))
        }
        #expect(migration(nil) == [])
        #expect(migration(true) == ["migrationReady firing Migration/move"])
        #expect(migration(nil) == [] && migration(true) == [])
        #expect(migration(false) == ["migrationReady resolved Migration/move"])
        let wrong = state([], specProblem: "PGS-010 no")
        #expect(told(board.see(wrong, now: Self.start)) == ["specifications firing specifications"])
        #expect(board.see(state([], digest: nil), now: Self.start) == [])
        #expect(told(board.see(state([]), now: Self.start)) == ["specifications resolved specifications"])
    }

    @Test func `what is not declared any more is over`() {
        var board = AlarmBoard()
        _ = board.see(state(conditions(.refused(.planRefused, "no"))), now: Self.start)
        var empty = state([])
        empty["orders"] = nil
        #expect(told(board.see(empty, now: Self.start)) == ["stalled resolved Instance/orders"])
    }
}

/// What waits to be sent, and what is sent.
@Suite struct OutboxTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func notice(_ message: String = "a < b & \"c\"\n") -> Notice {
        Notice(.stalled, .firing, "Instance/orders", message, since: Self.start, time: Self.start)
    }

    @Test func `a channel that does not answer is tried more and more rarely, in order, and for a day`() throws {
        var outbox = Outbox()
        let (first, second) = (notice("first"), notice("second"))
        for notice in [first, second] { #expect(outbox.add(notice, to: "ops", now: Self.start) == 0) }
        _ = outbox.add(first, to: "chat", now: Self.start)
        #expect(outbox.due(now: Self.start).map(\.channel) == ["ops", "chat"])
        let item = try #require(outbox.due(now: Self.start).first)
        #expect(outbox.failed(item, now: Self.start, jitter: 0.5) == false)
        #expect(outbox.due(now: Self.start + 0.9).map(\.channel) == ["chat"])
        #expect(outbox.due(now: Self.start + 1).first?.notice == first)
        #expect(outbox.failed(item, now: Self.start + 1, jitter: 0.5) == false)
        #expect(outbox.due(now: Self.start + 2.9).map(\.channel) == ["chat"])
        #expect(outbox.due(now: Self.start + 3).first?.notice == first)
        outbox.sent(item)
        #expect(outbox.due(now: Self.start + 3).first?.notice == second)
        let rest = try #require(outbox.due(now: Self.start + 3).first)
        #expect(outbox.failed(rest, now: Self.start + Outbox.patience + 1, jitter: 0.5) == true)
        outbox.keep(only: ["ops"])
        #expect(outbox.items.isEmpty)
    }

    @Test func `no more than so many wait for a channel`() {
        var outbox = Outbox()
        var dropped = 0
        for number in 0..<(Outbox.limit + 3) { dropped += outbox.add(notice("\(number)"), to: "ops", now: Self.start) }
        #expect(dropped == 3 && outbox.count(of: "ops") == Outbox.limit)
        #expect(outbox.items.first?.notice.message == "3")
    }

    @Test func `the documents are JSON, and Slack's hold nothing that Slack would read as its own`() throws {
        struct Text: Decodable { var text: String }
        let slack = try JSONDecoder().decode(Text.self, from: Data(notice().body(.slack).utf8))
        #expect(slack.text == "*stalled* Instance/orders: a &lt; b &amp; \"c\"\n")
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let sent = notice()
        #expect(try decoder.decode(Notice.self, from: Data(sent.body(.json).utf8)) == sent)
    }

    @Test func `what curl reads is quoted, and what it ends with is told without the address`() {
        let text = Webhook.configuration("{\"a\":\"b\\n\"}", to: Secret("https://hooks.example.org/Sesame"))
        #expect(text.contains("url = \"https://hooks.example.org/Sesame\"\n"))
        #expect(text.contains("data-binary = \"{\\\"a\\\":\\\"b\\\\n\\\"}\"\n"))
        #expect(Webhook.problem(code: 0, answer: "204") == nil)
        #expect(Webhook.problem(code: 0, answer: "500") == "it answers with HTTP 500")
        #expect(Webhook.problem(code: 7, answer: "000") == "nobody listens there")
        #expect(Webhook.problem(code: 999, answer: "") == "curl ends with 999")
    }
}
