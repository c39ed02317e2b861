import Glibc
import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Performs the sentences of a scenario on the servers of one home.
final class FaultStage {
    let dual: DualHome
    let scenario: FaultScenario
    let disks = SmallDisks()
    var sessions: SessionCrowd?
    var open: PostgresConnection?
    private let endpoint: String
    private var record: String?
    private var portHolder: Int32 = -1

    init(_ dual: DualHome, _ scenario: FaultScenario) async throws {
        self.dual = dual
        self.scenario = scenario
        endpoint = try await Self.endpoint(dual)
    }

    func close() {
        // A number that is closed twice may be somebody else's by then.
        if portHolder >= 0 { Glibc.close(portHolder) }
        portHolder = -1
        sessions?.stop()
        disks.close(dual.home)
    }

    private static func endpoint(_ dual: DualHome) async throws -> String {
        try await dual.home.run("get", "endpoints", "-o", "name").output
    }

    // MARK: Given

    static func specification(_ givens: [String], extra: String = "") -> String {
        let availability = [
            "a single instance": "{ mode: single }",
            "a primary with a standby": "{ mode: dual }",
            "a primary with a synchronous standby": "{ mode: dual, replication: sync }",
            "a primary with a synchronous standby and syncFallback":
                "{ mode: dual, replication: sync, syncFallback: true }",
        ]
        let room = [
            "room for 500 sessions": ", max_connections: 600",
            "room for prepared transactions": ", max_prepared_transactions: 5",
        ]
        let text = DualHome.specification(
            availability: givens.lazy.compactMap { availability[$0] }.first
                ?? "a sentence that FaultStage does not know",
            extra: givens.compactMap { room[$0] }.joined() + extra
        )
        return givens.contains("it is backed up") ? text + "\n  backup: { schedule: \"0 3 * * *\", keep: 7d }\n" : text
    }

    func perform(_ steps: [FaultScenario.Step]) async throws {
        for step in steps {
            switch step.word {
            case .given: break
            case .when: try await happen(step.sentence)
            case .then: try await demand(step.sentence)
            }
        }
    }

    // MARK: When

    private func happen(_ sentence: String) async throws {
        let words = sentence.split(separator: " ").map(String.init)
        let node = words.firstIndex(of: "node").flatMap { words.indices.contains($0 + 1) ? Int(words[$0 + 1]) : nil }
        if let node, try await happen(sentence.replacing("node \(node)", with: "NODE"), to: node) { return }
        if try await happenToDisks(sentence) { return }
        if try await happenInside(sentence) { return }
        switch sentence {
        case "the process of a session is killed":
            let target = try dual.endpoint
            let process = try await PostgresConnection.with(target) { connection in
                let row = try await connection.query("SELECT pg_backend_pid() AS pid").first
                // The server ends every session when one dies, this one too.
                return row?.integer("pid")
            }
            let sessions = try await dual.query(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND pid <> \(literal: String(process ?? 0))",
                node: 1
            )
            dual.send(SIGKILL, to: [try #require(sessions.first?.integer("pid"))])
        case "the gateway is killed": Processes.kill(dual.home.gatewayProcesses)
        case "the gateway's configuration is broken":
            try "frontend [\n"
                .write(toFile: dual.home.path + "/home/gateway/haproxy.cfg", atomically: true, encoding: .utf8)
        case "the gateway's folder is removed":
            try FileManager.default.removeItem(atPath: dual.home.path + "/home/gateway")
        case "the sockets' folder is removed":
            try FileManager.default.removeItem(atPath: dual.home.path + "/home/instances/orders/run")
        case "another program takes the endpoint's port": portHolder = try Self.listener(on: port(of: endpoint))
        case "the other program ends": close()
        case "20 MB are written":
            try await dual.execute(
                "CREATE TABLE public.bulk AS SELECT repeat(md5(g::text), 32) AS t FROM generate_series(1, 20000) g"
            )
        case "work_mem is set by hand":
            try await dual.execute("ALTER SYSTEM SET work_mem TO '77MB'")
            try await dual.execute("SELECT pg_reload_conf()")
        case "history.sqlite is deleted": try FileManager.default.removeItem(atPath: history)
        case "history.sqlite is cut off": truncate(history, 1000)
        case "instance.json is deleted":
            record = try String(contentsOfFile: recordPath, encoding: .utf8)
            try FileManager.default.removeItem(atPath: recordPath)
        case "instance.json is garbage":
            record = try String(contentsOfFile: recordPath, encoding: .utf8)
            try "{".write(toFile: recordPath, atomically: true, encoding: .utf8)
        case "instance.json is put back":
            try #require(record).write(toFile: recordPath, atomically: true, encoding: .utf8)
        case "everything is killed": Processes.kill(dual.home.processes)
        default:
            guard sentence.hasSuffix(" is declared") else { return unknown(sentence) }
            let parameter = sentence.dropLast(" is declared".count)
            try dual.home.write(Self.specification(scenario.givens, extra: ", \(parameter)"))
        }
    }

    /// Returns whether the sentence is one about a node.
    private func happen(_ sentence: String, to node: Int) async throws -> Bool {
        let master = try await dual.nodes.first { $0.number == node }?.processID
        switch sentence {
        case "the server of NODE is killed": dual.send(SIGKILL, to: [try #require(master)])
        case "every process of NODE is killed": Processes.kill(dual.processes(of: node))
        case "the postmaster of NODE hangs": dual.send(SIGSTOP, to: [try #require(master)])
        case "every process of NODE hangs": dual.send(SIGSTOP, to: dual.processes(of: node))
        case "every process of NODE goes on": dual.send(SIGCONT, to: dual.processes(of: node))
        case "the folder of NODE is removed":
            try await dual.removeData(of: node)
        case "the configuration of NODE is removed":
            try FileManager.default.removeItem(atPath: dual.data(of: node) + "/conf.d")
        case "another program takes the port of NODE":
            let text = try String(contentsOfFile: dual.data(of: node) + "/conf.d/pgsteer-node.conf", encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("port = ") })
            portHolder = try Self.listener(on: try #require(Int(line.filter(\.isNumber))))
        case "NODE stops replaying":
            _ = try await dual.query("SELECT pg_wal_replay_pause()", node: node, database: "postgres")
        case "NODE goes on replaying":
            _ = try await dual.query("SELECT pg_wal_replay_resume()", node: node, database: "postgres")
        case "NODE is promoted by hand":
            _ = try await dual.query("SELECT pg_promote()", node: node, database: "postgres")
        case "the slot of NODE is dropped":
            _ = try await dual.query("SELECT pg_drop_replication_slot(\(literal: "pgsteer_node_\(node)"))", node: 1)
        default: return false
        }
        return true
    }

    // MARK: Then

    private func demand(_ sentence: String) async throws {
        let comment = Comment(rawValue: "\(scenario.number): \(sentence)")
        switch sentence {
        case "apply makes it good":
            try await dual.apply(comment)
            try await dual.expectFixedPoint("\(scenario.number)")
        case "plan is empty": try await dual.expectFixedPoint("\(scenario.number)")
        case "node 1 is the primary": #expect(try await dual.node("primary").number == 1, comment)
        case "node 2 is the primary": #expect(try await dual.node("primary").number == 2, comment)
        case "the endpoint is where it was": #expect(try await Self.endpoint(dual) == endpoint, comment)
        case "the endpoint takes writes": try await expectWrites(comment)
        case "work_mem is as declared":
            let found = try await dual.query("SHOW work_mem", node: 1).first?["work_mem"]
            #expect(found != "77MB", comment)
        case "a switchover succeeds":
            try await until(comment) { try await dual.home.run("switchover", "orders").isSuccess }
        case "a restart succeeds", "a backup succeeds":
            let isBackup = sentence.contains("backup")
            let done = try await dual.home.run(isBackup ? ["backup", "create", "orders"] : ["restart", "orders"])
            #expect(done.isSuccess, "\(comment): \(done.errors)")
        case "two applies that wait for each other succeed":
            let home = dual.home
            async let first = home.run("apply", "specs", "--yes", "--lock-timeout", "120")
            async let second = home.run("apply", "specs", "--yes", "--lock-timeout", "120")
            for result in try await [first, second] { #expect(result.isSuccess, "\(comment): \(result.errors)") }
        default:
            if try await demandInside(sentence, comment) { return }
            try await demandWords(sentence, comment)
        }
    }

    /// `plan says: ...`: what a command must print.
    private func demandWords(_ sentence: String, _ comment: Comment) async throws {
        let parts = sentence.split(separator: ": ", maxSplits: 1).map(String.init)
        let commands = [
            "plan says": (["plan", "specs"], true), "plan fails": (["plan", "specs"], false),
            "apply fails": (["apply", "specs", "--yes"], false), "drift says": (["drift", "specs"], true),
            "a switchover is refused": (["switchover", "orders"], false),
            "a restart is refused": (["restart", "orders", "--checkpoint-limit", "1"], false),
            "a backup fails": (["backup", "create", "orders"], false),
        ]
        // What servers notice by themselves may take a moment.
        if parts.count == 2, parts[0] == "plan comes to say" || parts[0] == "plan no longer says" {
            return try await until(comment) {
                let plan = try await dual.home.run("plan", "specs")
                return (plan.output + plan.errors).contains(parts[1]) == (parts[0] == "plan comes to say")
            }
        }
        guard parts.count == 2, let (arguments, succeeds) = commands[parts[0]] else { return unknown(sentence) }
        let result = try await dual.home.run(arguments)
        // Drift is found with the exit code 2.
        #expect((result.isSuccess || result.code == 2) == succeeds, "\(comment): \(result.errors)")
        #expect((result.output + result.errors).contains(parts[1]), "\(comment): \(result.output)\(result.errors)")
    }

    private func expectWrites(_ comment: Comment) async throws {
        let target = try dual.endpoint
        try await until(comment) {
            (try? await PostgresConnection.with(target) {
                try await $0.execute("INSERT INTO public.written VALUES (0)")
            })
                != nil
        }
    }

    func until(_ comment: Comment, _ look: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if try await look() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("never true; \(comment)")
    }

    private func unknown(_ sentence: String) { Issue.record("FaultStage does not know: \(sentence)") }

    // MARK: Places

    private var history: String { dual.home.path + "/home/history.sqlite" }
    private var recordPath: String { dual.home.folder(of: "orders") + "/instance.json" }

    private func port(of endpoint: String) throws -> Int {
        try #require(endpoint.split(separator: "\n").first?.split(separator: ":").last.flatMap { Int($0) })
    }

    /// Listens on a loopback port, as another program would.
    private static func listener(on port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isBound && listen(descriptor, 5) == 0)
        return descriptor
    }
}
