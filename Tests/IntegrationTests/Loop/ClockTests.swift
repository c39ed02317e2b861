import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A clock that jumps changes what time it is for windows and schedules, and nothing else.
@Suite struct ClockTests {
    private struct State: Decodable {
        struct Instance: Decodable { var lastLook: Date? }
        var instances: [Instance]
    }

    private func lastLook(_ home: TemporaryHome) -> Date? {
        guard let text = try? String(contentsOfFile: home.path + "/home/loop/status.json", encoding: .utf8) else {
            return nil
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try? decoder.decode(State.self, from: Data(text.utf8)).instances.first?.lastLook
    }

    @Test func `a clock that jumps an hour forward and two back lets no standby take over, and the loop goes on`()
        async throws
    {
        try await TemporaryHome.with { home in
            let (shift, library) = (home.path + "/shift", home.path + "/clock.so")
            let source = PostgresInstallations.root + "/Tests/Fixtures/clock-shift.c"
            let compiled = try await Shell.run("cc -shared -fPIC -O1 -o \(library) \(source) -ldl 2>&1")
            try #require(compiled.isEmpty, "\(compiled)")
            func set(_ seconds: Int) throws {
                try "\(seconds)\n".write(toFile: shift, atomically: true, encoding: .utf8)
            }
            try set(0)
            // The server processes that it starts get none of this environment.
            let environment = ["LD_PRELOAD": library, "CLOCK_SHIFT_FILE": shift]
            let dual = DualHome(home: home)
            try home.write(DualHome.specification())
            _ = try await LoopProcess.with(home, environment: environment) { loop in
                try await loop.wait(for: "settled", of: "orders")
                for hours in [1, -1] {
                    try set(hours * 3600)
                    try await loop.wait("a look at the time that is \(hours) h away") {
                        lastLook(home).map { abs($0.timeIntervalSinceNow - Double(hours) * 3600) < 1800 } ?? false
                    }
                }
                // It is still awake: what happens now is noticed.
                dual.send(9, to: dual.processes(of: 2))
                try await loop.wait("a standby that follows again") {
                    guard try await dual.node("standby").isRunning else { return false }
                    return try await home.run("plan", "specs", "--detailed-exitcode").code == 0
                }
                #expect(loop.events("serverHung").isEmpty)
                #expect(try await dual.node("primary").number == 1)
                loop.end()
            }
        }
    }
}
