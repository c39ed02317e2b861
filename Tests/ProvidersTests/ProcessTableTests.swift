import Glibc
import Providers
import Testing

@Suite struct ProcessTableTests {
    /// The kernel hands its table of sockets out in pieces, in no order that a program could know.
    @Test func `whoever has a port is found among many`() throws {
        let listeners = try (0..<100).map { _ in try listener() }
        defer { for listener in listeners { close(listener.socket) } }
        for listener in listeners {
            var holder = ProcessTable.listener(on: listener.port)
            // A child that another test has just forked has it, too, until it becomes another program.
            for _ in 0..<500 where holder?.hasSuffix("(process \(getpid()))") != true {
                usleep(10_000)
                holder = ProcessTable.listener(on: listener.port)
            }
            #expect(holder?.hasSuffix("(process \(getpid()))") == true, "\(holder ?? "nobody")")
        }
    }

    /// A socket that listens on a free port of the loopback address.
    private func listener() throws -> (socket: Int32, port: Int) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 1) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        try #require(isListening)
        return (socket, Int(in_port_t(bigEndian: address.sin_port)))
    }
}
