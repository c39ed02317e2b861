import Glibc
import Providers
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Who may change which instances of a home at the same time; locks of one process keep each other out as those of two do.
@Suite struct InstanceLocksTests {
    private func withHome(_ body: (LocalHome) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/pgsteer-locks-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(LocalHome(path))
    }

    private func locks(_ names: Set<String>, _ home: LocalHome, patience: Duration = .zero) async throws
        -> InstanceLocks
    {
        try await InstanceLocks(names, home: home, purpose: "apply", patience: patience)
    }

    /// Waits for what a free lock allows: a child that another test is just starting has what is open here, too, until it
    /// becomes its program.
    private func waiting(_ isTaken: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !isTaken() {
            try #require(ContinuousClock.now < end, "a lock that nobody has is not to be had")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `two who change different instances do not wait for each other`() async throws {
        try await withHome { home in
            let first = try await locks(["orders"], home)
            let second = try await locks(["billing"], home)
            #expect(first.holds("orders") && !first.holds("billing") && second.holds("billing"))
        }
    }

    @Test func `a second one on the same instance is told who has it, and takes nothing`() async throws {
        try await withHome { home in
            let first = try await locks(["orders"], home)
            let error = await #expect(throws: ProviderError.self) { try await locks(["billing", "orders"], home) }
            let text = "\(try #require(error))"
            #expect(text.contains("at work on orders: apply, process \(getpid())"), "\(text)")
            // Nothing is kept by who did not get all.
            _ = try await locks(["billing"], home)
            withExtendedLifetime(first) {}
        }
    }

    @Test func `who waits gets its instance as soon as it is given free`() async throws {
        try await withHome { home in
            let first = try await locks(["orders", "billing"], home)
            async let second = locks(["orders"], home, patience: .seconds(60))
            first.release("orders")
            #expect(try await second.holds("orders"))
            #expect(!first.holds("orders") && first.holds("billing"))
        }
    }

    @Test func `an instance that is held is worked on at once, another only when nobody else has it`() async throws {
        try await withHome { home in
            let first = try await locks(["orders"], home)
            let second = try await locks(["billing"], home)
            #expect(try await first.withInstance("orders") { "done" } == "done")
            #expect(try await first.withInstance("billing") { "done" } == nil)
            second.release("billing")
            try await waiting { try await first.withInstance("billing") { "done" } == "done" }
        }
    }

    @Test func `who has the whole home keeps everybody out`() async throws {
        try await withHome { home in
            _ = try await locks(["orders"], home)
            let lock = try FileLock(home.lock)
            try await waiting { lock.take(for: "copying the home") }
            let error = await #expect(throws: ProviderError.self) { try await locks([], home) }
            let text = "\(try #require(error))"
            #expect(text.contains("copying the home"), "\(text)")
        }
    }

    @Test(arguments: ["", ".", "../orders", "a/b", ".gateway"]) func `what is no name of an instance has no lock`(
        name: String
    ) async throws {
        try await withHome { home in
            let error = await #expect(throws: ProviderError.self) { try await locks([name], home) }
            let text = "\(try #require(error))"
            #expect(text.contains("is no name of an instance"), "\(text)")
        }
    }
}
