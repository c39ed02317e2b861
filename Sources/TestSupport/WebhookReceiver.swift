import Dispatch
import Glibc
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes documents over HTTP on a port of this host, as those who are notified do; keeps what it got.
package final class WebhookReceiver: Sendable {
    private struct Contents {
        var bodies: [String] = []
        var status = 200
        var attempts = 0
        var leaks: [String] = []
    }

    private let descriptor: Int32
    package let port: Int
    /// A part of its address that nobody else may know.
    package let token: String
    private let contents = Mutex(Contents())

    package struct Failure: Error { var errno: Int32 }

    /// Runs a body while the receiver listens.
    package static func with<Result>(_ body: (WebhookReceiver) async throws -> Result) async throws -> Result {
        let receiver = try WebhookReceiver()
        defer { shutdown(receiver.descriptor, Int32(SHUT_RDWR)) }
        DispatchQueue(label: "webhook").async { receiver.serve() }
        return try await body(receiver)
    }

    private init() throws {
        token = "Sesame\(UInt32.random(in: 0 ... .max))"
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isListening else { throw Failure(errno: errno) }
    }

    /// The whole address, which is a secret.
    package var url: String { "http://127.0.0.1:\(port)/\(token)" }
    /// The documents that were taken, in their order.
    package var bodies: [String] { contents.withLock(\.bodies) }
    /// How often somebody tried.
    package var attempts: Int { contents.withLock(\.attempts) }
    /// Processes whose arguments or environment held the address while it was used.
    package var leaks: [String] { contents.withLock(\.leaks) }

    /// Answers with another status from now on; only 200 takes a document.
    package func answer(with status: Int) { contents.withLock { $0.status = status } }

    // MARK: HTTP

    private func serve() {
        while true {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else {
                close(descriptor)
                return
            }
            handle(client)
            close(client)
        }
    }

    private func handle(_ client: Int32) {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard let request = read(client) else { return }
        let leaks = processes()
        let status = contents.withLock { contents in
            contents.attempts += 1
            contents.leaks += leaks
            let isRight = request.head.hasPrefix("POST /\(token) ")
            if isRight, contents.status == 200 { contents.bodies.append(request.body) }
            return isRight ? contents.status : 404
        }
        let answer = Array("HTTP/1.1 \(status) -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ client: Int32) -> (head: String, body: String)? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let head = String(text[..<end.lowerBound])
            let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst("content-length:".count).filter { $0 != " " }) }
            let body = text[end.upperBound...]
            if body.utf8.count >= length ?? 0 { return (head, String(body)) }
        }
    }

    /// The processes, but for this one, that show the token to whoever lists processes.
    private func processes() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil && Int($0) != Int(getpid()) }
            .filter { name in
                let data = try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline"))
                return data.map { String(decoding: $0, as: UTF8.self).contains(token) } ?? false
            }
    }
}
