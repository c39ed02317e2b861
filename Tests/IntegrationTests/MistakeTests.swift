import Glibc
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Bad input and bad surroundings: a clear error that names the place and what to do, exit 1, and nothing changed.
@Suite struct MistakeTests {
    private let small = """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: 15
          parameters: { shared_buffers: 16MB }
          protection: { deletion: false }

        """

    @Test func `a missing secret is told with its reference and its line, and nothing is made`() async throws {
        try await TemporaryHome.with { home in
            try home.write(
                small.replacing(
                    "  protection",
                    with: "  accounts: [{ name: app, passwordFrom: { env: NOT_SET_ANYWHERE } }]\n  protection"
                )
            )
            let result = try await home.run("apply", "specs", "--yes")
            #expect(result.code == 1)
            #expect(result.errors.contains("specs/fixture.yaml:7:41"), "\(result.errors)")
            #expect(result.errors.contains("NOT_SET_ANYWHERE"))
            #expect(home.files == [])
        }
    }

    @Test func `a plan of nothing there writes nothing, not even a home`() async throws {
        try await TemporaryHome.with { home in
            try home.write(small)
            let result = try await home.run("plan", "specs", "--detailed-exitcode")
            #expect(result.code == 2)
            #expect(home.files == [])
            #expect(!FileManager.default.fileExists(atPath: home.path + "/home"))
        }
    }

    @Test func `a port that another program has is passed over at creation, and told when it is the instance's own`()
        async throws
    {
        try await TemporaryHome.with { home in
            let guest = try Listener(port: home.ports.lowerBound)
            try home.write(small)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            guest.close()
            let port = home.ports.lowerBound + 1
            #expect(try await home.run("get", "endpoints", "-o", "name").output == "127.0.0.1:\(port)\n")

            Processes.kill(home.processes)
            let thief = try Listener(port: port)
            let result = try await home.run("apply", "specs", "--yes")
            #expect(result.code == 1)
            #expect(result.errors.contains("127.0.0.1:\(port)"), "\(result.errors)")
            #expect(result.errors.contains("process \(getpid())"), "\(result.errors)")
            thief.close()
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `a major that is not installed is told with those that are`() async throws {
        try await TemporaryHome.with { home in
            try home.write(small)
            let fleet = home.fleetDocument.replacing(#/binaries: .*/#, with: "binaries: []")
            try fleet.write(toFile: home.path + "/specs/fleet.yaml", atomically: true, encoding: .utf8)
            try small.replacing("version: 15", with: "version: 18")
                .write(toFile: home.path + "/specs/fixture.yaml", atomically: true, encoding: .utf8)
            let result = try await home.run(["plan", "specs"], environment: ["PATH": "/usr/bin:/bin"])
            #expect(result.code == 1)
            #expect(result.errors.contains("PGS-041") && result.errors.contains("there is 15"), "\(result.errors)")
        }
    }

    @Test func `a server that refuses its new parameters runs on with the old ones`() async throws {
        try await TemporaryHome.with { home in
            try home.write(small)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try home.write(small.replacing("16MB", with: "2TB"))
            let result = try await home.run("apply", "specs", "--yes")
            #expect(result.code == 1)
            #expect(result.errors.contains("it said:"), "\(result.errors)")
            #expect(try await home.query("SHOW shared_buffers", on: "orders").first?["shared_buffers"] == "16MB")
            try home.write(small)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `data that pgsteer did not make is told and not touched`() async throws {
        try await TemporaryHome.with { home in
            try home.write(small)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            Processes.kill(home.processes)
            let record = home.folder(of: "orders") + "/instance.json"
            let text = try String(contentsOfFile: record, encoding: .utf8)

            try FileManager.default.removeItem(atPath: record)
            let lost = try await home.run("apply", "specs", "--yes")
            #expect(lost.code == 1)
            #expect(lost.errors.contains("PGS-043") && lost.errors.contains("instance.json"), "\(lost.errors)")

            try "garbage".write(toFile: record, atomically: true, encoding: .utf8)
            #expect(try await home.run("apply", "specs", "--yes").errors.contains("damaged"))

            try text.replacing(#/"systemIdentifier" : "\d+"/#, with: "\"systemIdentifier\" : \"1\"")
                .write(toFile: record, atomically: true, encoding: .utf8)
            #expect(try await home.run("apply", "specs", "--yes").errors.contains("not what pgsteer made"))

            try text.write(toFile: record, atomically: true, encoding: .utf8)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `a second pgsteer says who is at work`() async throws {
        try await TemporaryHome.with { home in
            try home.write(small)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let lock = open(home.path + "/home/lock", O_RDWR)
            #expect(flock(lock, LOCK_EX) == 0)
            let result = try await home.run("apply", "specs", "--yes")
            #expect(result.code == 1)
            #expect(result.errors.contains("another pgsteer is at work"), "\(result.errors)")
            #expect(try await home.run("plan", "specs").isSuccess)
            close(lock)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
        }
    }

    @Test func `a full disk is told, and the same run goes through when there is space`() async throws {
        guard geteuid() == 0 else { return }
        try await TemporaryHome.with { home in
            mkdir(home.path + "/home", 0o755)
            guard mount("tmpfs", home.path + "/home", "tmpfs", 0, "size=20m") == 0 else { return }
            defer {
                Processes.kill(home.processes)
                umount2(home.path + "/home", 2)
            }
            try home.write(small)
            let result = try await home.run("apply", "specs", "--yes")
            #expect(result.code == 1)
            #expect(result.errors.contains("free on the disk"), "\(result.errors)")
            #expect(mount("tmpfs", home.path + "/home", "tmpfs", UInt(MS_REMOUNT), "size=500m") == 0)
            let again = try await home.run("apply", "specs", "--yes")
            #expect(again.isSuccess, "\(again.errors)")
            #expect(try await home.run("plan", "specs", "--detailed-exitcode").code == 0)
        }
    }

    @Test func `a history that cannot be used stops nothing`() async throws {
        try await TemporaryHome.with { home in
            try home.write(small)
            mkdir(home.path + "/home", 0o755)
            try "garbage".write(toFile: home.path + "/home/history.sqlite", atomically: true, encoding: .utf8)
            let result = try await home.run("apply", "specs", "--yes")
            #expect(result.isSuccess, "\(result.errors)")
            #expect(result.errors.contains("warning: the history"))
        }
    }

    @Test(arguments: [
        ["plan", "nowhere"], ["validate", "nowhere.yaml"], ["describe", "nobody"], ["connect", "nobody"],
        ["restart", "nobody"],
        ["destroy", "nobody", "nobody"], ["apply", "--plan", "nowhere.json"],
    ])
    func `what is not there is an error`(arguments: [String]) async throws {
        try await TemporaryHome.with { home in
            let result = try await home.run(arguments)
            #expect(result.code == 1)
            #expect(!result.errors.isEmpty)
        }
    }

    @Test(arguments: [
        ["plan"], ["bogus"], ["restart"], ["restart", "a", "--all"], ["explain", "Bogus"], ["plan", "--bogus"],
        ["get", "things"], ["destroy", "a"],
    ])
    func `bad usage exits with 64`(arguments: [String]) async throws {
        try await TemporaryHome.with { home in
            try FileManager.default.removeItem(atPath: home.path + "/specs")
            #expect(try await home.run(arguments).code == 64)
        }
    }
}

/// Somebody else's program that has a port.
private final class Listener {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isBound)
        listen(descriptor, 1)
    }

    func close() { Glibc.close(descriptor) }
}
