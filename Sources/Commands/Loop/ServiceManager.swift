import Glibc
import Synchronization

/// Speaks with systemd, where it started the program as a service of `Type=notify` (man sd_notify); else with nobody.
final class ServiceManager: Sendable {
    private let socketPath: String?
    /// How often systemd is to be told that the program lives; nil when it does not ask.
    private let beatInterval: Duration?
    private let lastBeat = Mutex<ContinuousClock.Instant?>(nil)

    init(environment: [String: String]) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let patience = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 && isForUs ? $0 : nil }
        // Three beats fit into its patience, so that one may be late.
        beatInterval = patience.map { .microseconds($0 / 3) }
    }

    /// Tells what the program does now, in one line for `systemctl status`.
    func tellReady(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

    func tellStopping() { send("STOPPING=1\nSTATUS=finishing the step at hand") }

    func tellStatus(_ status: String) { send("STATUS=\(Self.line(status))") }

    /// Tells that the program lives, when it is time to; called by what must not stand still.
    func beat() {
        guard let beatInterval else { return }
        let now = ContinuousClock.now
        let isDue = lastBeat.withLock { last in
            if let last, now - last < beatInterval { return false }
            last = now
            return true
        }
        if isDue { send("WATCHDOG=1") }
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " | ")
    }

    private func send(_ message: String) {
        guard let socketPath else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socketPath.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // A name in the abstract namespace is written with @ and sent with a zero.
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
