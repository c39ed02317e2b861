import Glibc
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Those whom the fleet names are told what happens: by a loop and real servers, over HTTP.
@Suite struct NotificationTests {
    private struct Notice: Decodable, Hashable {
        var topic: String
        var state: String
        var subject: String
        var message: String
        var id: String
    }

    private func notices(_ receiver: WebhookReceiver) throws -> [Notice] {
        try receiver.bodies.map { try JSONDecoder().decode(Notice.self, from: Data($0.utf8)) }
    }

    private func count(_ receiver: WebhookReceiver, _ topic: String, _ state: String) throws -> Int {
        try notices(receiver).count { $0.topic == topic && $0.state == state }
    }

    /// A timer's rounds go on where a loop has ended, each telling what it came to.
    private func tellByRounds(
        _ home: TemporaryHome,
        _ receiver: WebhookReceiver,
        _ document: String,
        _ environment: [String: String],
        _ write: (String) throws -> Void
    ) async throws {
        func round() async throws -> Int? {
            try await home.run(["run", "specs", "--once"], environment: environment).code
        }
        try await home.execute("ALTER ROLE app CONNECTION LIMIT 9", on: "solo")
        #expect(try await round() == 0)
        #expect(try count(receiver, "drift", "firing") == 2 && count(receiver, "drift", "resolved") == 2)
        // What fails in a round is tried by nobody before the next one.
        try write(document + "  parameters: { shared_preload_libraries: no_such_library }\n")
        for _ in 1...2 {
            #expect(try await round() == 1)
            #expect(try count(receiver, "stalled", "firing") == 2)
        }
        try write(document)
        #expect(try await round() == 0)
        #expect(try count(receiver, "stalled", "resolved") == 2)
    }

    @Test func `each thing is told once, with its end, also over a restart and a receiver that fails`() async throws {
        try await TemporaryHome.with { home in
            try await WebhookReceiver.with { receiver in
                let document = RunTests.specification(
                    extra: "  accounts: [{ name: app, connectionLimit: 5 }]\n"
                )
                func write(_ text: String) throws {
                    try home.write(text)
                    let channel = "  notifications:\n    - { name: ops, webhook: { urlFrom: { env: HOOK } } }\n"
                    try (home.fleetDocument + channel)
                        .write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
                }
                try write(document)
                let environment = ["HOOK": receiver.url]
                _ = try await LoopProcess.with(home, ["--interval", "1"], environment: environment) { loop in
                    try await loop.wait(for: "settled", of: "solo")
                    try await home.execute("ALTER ROLE app CONNECTION LIMIT 7", on: "solo")
                    try await loop.wait("drift that is over") { try count(receiver, "drift", "resolved") == 1 }
                    #expect(try count(receiver, "drift", "firing") == 1)

                    receiver.answer(with: 500)
                    try write(document.replacing("version: 15", with: "version: 16"))
                    try await loop.wait(for: "refused", of: "solo")
                    try await loop.wait(for: "notificationsFailed")
                    loop.send(SIGKILL)
                }
                // What waited is sent by the next loop, and what had been told is not told again.
                let attempts = receiver.attempts
                receiver.answer(with: 200)
                _ = try await LoopProcess.with(home, ["--interval", "1"], environment: environment) { loop in
                    try await loop.wait("a stalled instance") { try count(receiver, "stalled", "firing") == 1 }
                    #expect(receiver.attempts > attempts)
                    try await loop.wait(for: "refused", of: "solo")
                    try write(document.replacing("spec:", with: "specs:"))
                    try await loop.wait("a mistake") { try count(receiver, "specifications", "firing") == 1 }
                    try write(document)
                    try await loop.wait("an instance that gets on") { try count(receiver, "stalled", "resolved") == 1 }
                    try await loop.wait("no mistake") { try count(receiver, "specifications", "resolved") == 1 }
                    #expect(!loop.log.contains(receiver.token))
                    loop.end()
                }
                let told = try notices(receiver)
                #expect(told.count == 6 && Set(told.map(\.id)).count == 6, "\(told)")
                try await tellByRounds(home, receiver, document, environment, write)
                #expect(told.first { $0.topic == "drift" }?.message.contains("Account/solo/app") ?? false)
                #expect(receiver.leaks == [])
                let found = try await Shell.run("grep -rl \(receiver.token) \(home.path)/home || true")
                #expect(found.isEmpty)
            }
        }
    }
}
