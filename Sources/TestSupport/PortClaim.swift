import Glibc
import Providers
import Synchronization

/// Forty ports that nobody on this machine uses, and that no other test takes, in this process or another, until the claim is
/// released.
///
/// A claim is a Unix socket in the abstract namespace, so that it ends with its process and leaves no file.
struct PortClaim: Sendable {
    let ports: ClosedRange<Int>
    private let descriptor: Int32

    /// Below the ports that the kernel gives to outgoing connections (32768 and up).
    private static let first = 10_000
    private static let size = 40
    private static let places = 550
    /// Starts anywhere, so that places are not used again at once.
    private static let last = Mutex(Int.random(in: 0..<places))

    /// Takes the next free place; ends the test run when all are taken, because nothing could run then.
    init() {
        for _ in 0..<Self.places {
            let place = Self.last.withLock { last in
                last = (last + 1) % Self.places
                return last
            }
            guard let descriptor = Self.bound(to: "pgsteer-tests-\(place)") else { continue }
            let lowest = Self.first + place * Self.size
            let ports = lowest...(lowest + Self.size - 1)
            guard ports.allSatisfy({ TCPPort.isFree($0, address: "127.0.0.1") }) else {
                close(descriptor)
                continue
            }
            (self.descriptor, self.ports) = (descriptor, ports)
            return
        }
        preconditionFailure("all \(Self.places) sets of ports for tests are taken")
    }

    func release() { close(descriptor) }

    /// Returns nil when another socket has the name.
    private static func bound(to name: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        precondition(descriptor >= 0, "no socket for a claim of ports: errno \(errno)")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = [0] + Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
        }
        if isBound { return descriptor }
        close(descriptor)
        return nil
    }
}
