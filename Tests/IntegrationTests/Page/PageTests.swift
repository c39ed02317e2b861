import Glibc
import SQL
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The page of a running loop, as browsers, Prometheus and people with bad intentions see it.
@Suite struct RunningPageTests {
    private static let specification = """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: solo, tags: { env: test } }
        spec:
          version: 15
          size: { cpu: 1, memory: 64MiB, storage: 1GiB }
          protection: { deletion: false }
          parameters: { work_mem: 5MB }
          accounts:
            - { name: app, passwordFrom: { env: APP_PASSWORD }, remark: "<script>document.title='taken'</script>" }
          databases:
            - { name: shop, owner: app }
        """

    /// The port that the loop says the page has.
    private func port(_ loop: LoopProcess) throws -> Int {
        let message = try #require(loop.events("pageOpened").first?.message)
        return try #require(message.firstMatch(of: #/:(\d+)\/$/#).flatMap { Int($0.1) })
    }

    @Test func `a page shows what is there, in a browser too, and nothing is written through it`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification)
            let status = try await LoopProcess.with(home, ["--listen", "127.0.0.1:0"]) { loop in
                try await loop.wait(for: "pageOpened")
                let port = try port(loop)
                try await loop.wait(for: "settled", of: "solo")
                try await loop.wait("the page to be ready") { try PageClient.get("/readyz", port: port).status == 200 }
                try await loop.wait("figures") {
                    try PageClient.get("/metrics", port: port).body.contains("pgsteer_node_connections{")
                }

                let page = try PageClient.get("/instances/solo", port: port).body
                for part in ["Ready", "work_mem", "fixture.yaml:", "&lt;script&gt;document", "Figures of node 1"] {
                    #expect(page.contains(part), "\(part)")
                }
                #expect(!page.contains("<script>document"))
                let document = try PageClient.get("/api/v1/instances/solo", port: port).body
                #expect(document.contains("\"isReady\" : true") && document.contains("\"name\" : \"shop\""))
                #expect(!(page + document).contains(TemporaryHome.password("app")))
                #expect(!document.contains("SCRAM-SHA-256"))
                #expect(try PageClient.get("/events", port: port).body.contains("create solo: PostgreSQL 15"))

                try await checkMetrics(try PageClient.get("/metrics", port: port).body)
                for (method, status) in [("POST", 405), ("DELETE", 405), ("HEAD", 200)] {
                    #expect(try PageClient.get("/", port: port, method: method).status == status)
                }
                let dom = try await browse("http://127.0.0.1:\(port)/instances/solo", "--dump-dom", in: home)
                #expect(dom.contains("<title>solo - pgsteer</title>") && dom.contains(">Pause</button>"))
                try await browse("http://127.0.0.1:\(port)/", "--screenshot=\(home.path)/page.png", in: home)
                #expect(FileManager.default.contents(atPath: "\(home.path)/page.png")?.count ?? 0 > 10_000)

                try await checkStream(loop, home, port)
                loop.end()
            }
            #expect(status == .exited(0))
        }
    }

    private func checkMetrics(_ text: String) async throws {
        let result = try await Subprocess.run(
            .name("promtool"),
            arguments: ["check", "metrics"],
            input: .string(text),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
    }

    /// What Debian's chromium makes of an address.
    @discardableResult
    private func browse(_ address: String, _ option: String, in home: TemporaryHome) async throws -> String {
        let result = try await Subprocess.run(
            .name("chromium"),
            arguments: [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--user-data-dir=\(home.path)/browser", "--window-size=1280,900", "--timeout=5000", option, address,
            ],
            output: .string(limit: 8 << 20),
            error: .string(limit: 8 << 20)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }

    /// An open page hears of a change.
    private func checkStream(_ loop: LoopProcess, _ home: TemporaryHome, _ port: Int) async throws {
        let client = try PageClient(port: port)
        client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        let head = String(decoding: client.receive() ?? [], as: UTF8.self)
        #expect(head.contains("text/event-stream"))
        try home.write(Self.specification.replacing("work_mem: 5MB", with: "work_mem: 6MB"))
        try await loop.wait("the new value on the page") {
            try PageClient.get("/instances/solo", port: port).body.contains("6MB")
        }
        var heard = head
        while !heard.contains("event: change") {
            guard let more = client.receive() else { break }
            heard += String(decoding: more, as: UTF8.self)
        }
        #expect(heard.contains("event: change\ndata: "))
    }

    @Test func `clients that misbehave are bounded, and the loop goes on`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification)
            let status = try await LoopProcess.with(home, ["--listen", "127.0.0.1:0"]) { loop in
                try await loop.wait(for: "settled", of: "solo")
                try await loop.wait(for: "pageOpened")
                let port = try port(loop)
                let before = memory(of: loop)

                // A head that comes a byte at a time is not waited for to its end.
                let slow = try PageClient(port: port)
                let request = Array(
                    "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: \(String(repeating: "x", count: 600))".utf8
                )
                let dribble = Task {
                    for byte in request {
                        guard slow.send([byte]) else { return true }
                        try await Task.sleep(for: .milliseconds(200))
                    }
                    return false
                }

                let large = try PageClient(port: port)
                large.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n".utf8)
                #expect(try PageClient.answer(in: large.receiveAll()).status == 413)

                var streams: [PageClient] = []
                var refused = 0
                for _ in 0..<1000 {
                    let client = try PageClient(port: port)
                    client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                    let answer = try PageClient.answer(in: String(decoding: client.receive() ?? [], as: UTF8.self))
                    if answer.status == 200 { streams.append(client) } else { refused += 1 }
                }
                #expect(streams.count == 100 && refused == 900)
                #expect(try PageClient.get("/livez", port: port).status == 200)
                try home.write(Self.specification.replacing("work_mem: 5MB", with: "work_mem: 7MB"))
                try await loop.wait("the new value on the page") {
                    try PageClient.get("/instances/solo", port: port).body.contains("7MB")
                }
                #expect(memory(of: loop) - before < 100 << 20)
                #expect(
                    Set(loop.events("clientRefused").compactMap { $0.message.suffix(60) }).count == 2,
                    "\(loop.log)"
                )
                #expect(loop.events("clientRefused").count == 2, "\(loop.log)")
                #expect(try await dribble.value, "the slow client was listened to until its end")
                streams = []
                try await loop.wait("room for a stream") {
                    let client = try PageClient(port: port)
                    client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                    return String(decoding: client.receive() ?? [], as: UTF8.self).contains(" 200 ")
                }
                loop.end()
            }
            #expect(status == .exited(0))
        }
    }

    /// Resident bytes.
    private func memory(of loop: LoopProcess) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(loop.processID)/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    @Test func `others need a token, which is told to nobody`() async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification)
            let token = "0123456789abcdef-0123456789abcdef"
            let file = home.path + "/token"
            let usage = try await home.run("run", "specs", "--listen", "0.0.0.0:0")
            #expect(usage.code == 64 && usage.errors.contains("--token-file"))
            let missing = try await home.run("run", "specs", "--listen", "0.0.0.0:0", "--token-file", file)
            #expect(missing.code == 1 && missing.errors.contains("openssl rand"))
            try (token + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            chmod(file, 0o644)
            let open = try await home.run("run", "specs", "--listen", "0.0.0.0:0", "--token-file", file)
            #expect(open.code == 1 && open.errors.contains("chmod 600"))
            chmod(file, 0o600)

            // The page is there before the first instance is.
            _ = try await LoopProcess.with(home, ["--observe-only", "--listen", "0.0.0.0:0", "--token-file", file]) {
                loop in
                try await loop.wait(for: "pageOpened")
                let port = try port(loop)
                #expect(try PageClient.get("/", port: port).status == 401)
                #expect(try PageClient.get("/", port: port, headers: ["Authorization: Bearer \(token)x"]).status == 401)
                #expect(try PageClient.get("/", port: port, headers: ["Authorization: Bearer \(token)"]).status == 200)
                let welcome = try PageClient.get("/plan?token=\(token)", port: port)
                #expect(welcome.status == 303 && welcome.head.lowercased().contains("location: /plan\r\n"))
                #expect(!loop.log.contains(token))
                let refused = loop.events("clientRefused").map(\.message)
                #expect(refused.count == 1 && refused.first?.contains("wrong token") == true, "\(loop.log)")
                loop.end()
            }
        }
    }
}
