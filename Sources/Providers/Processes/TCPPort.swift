import Glibc

/// Asks whether a TCP port is free, by taking it for a moment.
package enum TCPPort {
    /// Whether a program could listen on the port now.
    package static func isFree(_ port: Int, address: String) -> Bool { isBindable(port, address: address) }

    /// Whether a program could listen on the address at all.
    package static func isOfThisHost(_ address: String) -> Bool { isBindable(0, address: address) }

    private static func isBindable(_ port: Int, address: String) -> Bool {
        guard let socket = open(address, port) else { return false }
        defer { close(socket.descriptor) }
        var reuse: Int32 = 1
        // As servers do: a port whose last connections only linger is free.
        setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        return withAddress(socket.address) { bind(socket.descriptor, $0, $1) == 0 }
    }

    /// Makes a socket for an address of IPv4 or IPv6.
    private static func open(_ address: String, _ port: Int) -> (descriptor: Int32, address: sockaddr_in6)? {
        let isIPv6 = address.utf8.contains(UInt8(ascii: ":"))
        // An address of IPv4 fits the room of one of IPv6.
        var target = sockaddr_in6()
        let isRead = withUnsafeMutableBytes(of: &target) { bytes in
            if isIPv6 {
                bytes.bindMemory(to: sockaddr_in6.self)[0].sin6_family = sa_family_t(AF_INET6)
                bytes.bindMemory(to: sockaddr_in6.self)[0].sin6_port = in_port_t(port).bigEndian
                return inet_pton(AF_INET6, address, bytes.baseAddress?.advanced(by: 8)) == 1
            }
            let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr_in.self)
            place?.pointee.sin_family = sa_family_t(AF_INET)
            place?.pointee.sin_port = in_port_t(port).bigEndian
            return inet_pton(AF_INET, address, bytes.baseAddress?.advanced(by: 4)) == 1
        }
        guard isRead else { return nil }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, kind, 0)
        return descriptor >= 0 ? (descriptor, target) : nil
    }

    private static func withAddress(
        _ address: sockaddr_in6,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        let isIPv6 = address.sin6_family == sa_family_t(AF_INET6)
        let length = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}
