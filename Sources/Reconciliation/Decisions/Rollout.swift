/// Lets a change of the specifications reach one instance first, then the others in batches, and stops at a failure.
///
/// Pure: told of what happens, and asked whether an instance may be changed.
package struct Rollout: Codable, Hashable, Sendable {
    package struct Policy: Sendable, Hashable {
        /// Seconds that the first instance must have been as desired.
        package var soak: Int
        /// How many instances are changed side by side after that.
        package var batch: Int

        package init(soak: Int, batch: Int) {
            self.soak = soak
            self.batch = batch
        }
    }

    package enum Permission: Sendable, Hashable {
        case granted
        case waitFor(canary: String, until: Int?)
        /// As many as may be are being changed.
        case waitForBatch(of: [String])
        case stopped(by: String, String)
    }

    private var digest: String?
    private var canary: String?
    private var readySince: Int?
    private var isOpen = false
    private var active: Set<String> = []
    private var failures: [String: String] = [:]

    package init() {}

    /// Whether an instance may be changed for these specifications; who is granted it counts until it is ready.
    package mutating func permission(for name: String, digest: String, policy: Policy, now: Int) -> Permission {
        begin(digest)
        if let failure = failures.sorted(by: { $0.key < $1.key }).first(where: { $0.key != name }) {
            return .stopped(by: failure.key, failure.value)
        }
        if active.contains(name) || canary == name { return .granted }
        guard let canary else {
            canary = name
            active.insert(name)
            return .granted
        }
        guard open(policy, now) else { return .waitFor(canary: canary, until: readySince.map { $0 + policy.soak }) }
        if active.count >= policy.batch { return .waitForBatch(of: active.sorted()) }
        active.insert(name)
        return .granted
    }

    /// Whether an instance may be changed of which a part waits for its time: it comes after the canary as the others do, but
    /// holds up nobody until then.
    package mutating func mayFollow(_ name: String, digest: String, policy: Policy, now: Int) -> Bool {
        postpone(name, digest: digest)
        begin(digest)
        return failures.keys.allSatisfy { $0 == name } && open(policy, now)
    }

    /// Takes note that an instance waits for its time: others are the first, and take its place.
    package mutating func postpone(_ name: String, digest: String) {
        guard self.digest == digest else { return }
        active.remove(name)
        if name == canary, readySince == nil, failures[name] == nil { canary = nil }
    }

    /// Whether the canary has been well for long enough; from then on it has been.
    private mutating func open(_ policy: Policy, _ now: Int) -> Bool {
        // Somebody may have put the clock back.
        readySince = readySince.map { min($0, now) }
        if let readySince, now >= readySince + policy.soak { isOpen = true }
        return isOpen
    }

    /// Takes note that an instance is as desired.
    package mutating func noteReady(_ name: String, digest: String, now: Int) {
        guard self.digest == digest else { return }
        failures[name] = nil
        active.remove(name)
        if name == canary { readySince = readySince ?? now }
    }

    /// Takes note that a change of an instance failed; what has not begun does not begin.
    package mutating func noteFailure(_ name: String, digest: String, _ message: String) {
        guard self.digest == digest, active.contains(name) || name == canary else { return }
        failures[name] = message
        if name == canary { readySince = nil }
    }

    private mutating func begin(_ digest: String) {
        guard self.digest != digest else { return }
        self = Rollout()
        self.digest = digest
    }
}
