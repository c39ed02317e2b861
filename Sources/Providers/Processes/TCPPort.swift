import Glibc

/// Asks whether a TCP port is free, by taking it for a moment.
package enum TCPPort {
    /// Whether a program could listen on the port now.
    package static func isFree(_ port: Int, address: String) -> Bool {
        guard let socket = open(address, port) else { return false }
        defer { close(socket.descriptor) }
        var reuse: Int32 = 1
        // As servers do: a port whose last connections only linger is free.
        setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        return withAddress(socket.address) { bind(socket.descriptor, $0, $1) == 0 }
    }

    /// Whether somebody accepts connections on the port now.
    package static func isAccepting(_ port: Int, address: String) -> Bool {
        guard let socket = open(address, port) else { return false }
        defer { close(socket.descriptor) }
        return withAddress(socket.address) { connect(socket.descriptor, $0, $1) == 0 }
    }

    private static func open(_ address: String, _ port: Int) -> (descriptor: Int32, address: sockaddr_in)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = in_port_t(port).bigEndian
        guard inet_pton(AF_INET, address, &target.sin_addr) == 1 else {
            close(descriptor)
            return nil
        }
        return (descriptor, target)
    }

    private static func withAddress(
        _ address: sockaddr_in,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
