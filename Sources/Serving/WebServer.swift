package import Dashboard
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Answers requests: routes and texts are values of Dashboard, this is their only hand.
package protocol WebResponder: Sendable {
    func response(to request: WebRequest) async -> WebResponse
    /// An element each time that what is shown has changed.
    func changes() async -> AsyncStream<Int>
    /// Told what a client was turned away for, with the address that it came from.
    func turnedAway(_ trouble: ClientTrouble, from client: String) async
}

/// The HTTP server of the page: only reads, and every client together takes a bounded amount of memory and of time.
package struct WebServer<Responder: WebResponder>: Sendable {
    private let address: ListenAddress
    private let responder: Responder
    private let limits: WebLimits
    private let streams = OpenStreams()

    package init(_ address: ListenAddress, limits: WebLimits = WebLimits(), responder: Responder) {
        self.address = address
        self.responder = responder
        self.limits = limits
    }

    /// Serves until the task is cancelled; throws when the address cannot be listened on.
    ///
    /// - Parameter onListening: Told the port, which the system chooses where 0 was asked for.
    package func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        var logger = Logger(label: "page") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let channel = HTTP1Channel(
            responder: { (request: Request, writer: consuming ResponseWriter, channel: any Channel) in
                try await respond(to: request, writer, channel)
            },
            configuration: HTTP1Channel.Configuration(
                // Counts from a connection's start to its whole head, so that one byte a second does not help.
                idleTimeout: .seconds(Int64(limits.headSeconds)),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: 16 << 10,
                    maxHeaderListSize: 32 << 10,
                    maxHeaderFieldCount: 100
                )
            )
        )
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        try await server.run()
    }

    // MARK: Answers

    /// Thrown after an answer to end its connection: a body is not read, and who is one too many does not stay.
    private struct ConnectionEnds: Error {}

    @concurrent private func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel)
        async throws
    {
        let hasBody =
            request.headers[.contentLength].map { $0 != "0" } ?? (request.headers[.transferEncoding] != nil)
        if hasBody {
            let refusal = WebResponse.plain(413, "nothing here takes a body")
            return try await refuse(refusal, .body, writer, channel)
        }
        let asked = WebRequest(request.head)
        let response = await responder.response(to: asked)
        if let trouble = ClientTrouble(response, to: asked) {
            await responder.turnedAway(trouble, from: channel.client)
        }
        guard response.body == .changes else {
            return try await write(response, isHead: request.method == .head, writer, channel)
        }
        guard streams.open(limit: limits.streams) else {
            return try await refuse(.tooManyStreams, .tooManyStreams, writer, channel)
        }
        defer { streams.close() }
        try await stream(response, writer, channel)
    }

    @concurrent private func refuse(
        _ response: WebResponse,
        _ trouble: ClientTrouble,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        await responder.turnedAway(trouble, from: channel.client)
        var response = response
        response.headers["connection"] = "close"
        try await write(response, isHead: false, writer, channel)
        throw ConnectionEnds()
    }

    @concurrent private func write(
        _ response: WebResponse,
        isHead: Bool,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        var head = HTTPResponse(response)
        let buffer = ByteBuffer(string: response.text)
        head.headerFields[.contentLength] = String(buffer.readableBytes)
        let end = ending(channel)
        defer { end.cancel() }
        if isHead {
            try await writer.writeResponse(head)
        } else {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: buffer))
        }
    }

    /// Ends a connection unless it is cancelled in time: a client that reads a byte a second would keep the answer, and a
    /// connection of few, for hours.
    private func ending(_ channel: any Channel) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: .seconds(Int64(limits.answerSeconds))) {
            let client = channel.client
            channel.close(promise: nil)
            Task { await responder.turnedAway(.slowReader, from: client) }
        }
    }

    /// Server-sent events (HTML standard, section 9.2): one for each change, one a second at most, and a sign of life.
    @concurrent private func stream(
        _ response: WebResponse,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel
    ) async throws {
        var body = try await writer.writeHead(HTTPResponse(response))
        for await text in Self.events(await responder.changes(), quiet: .seconds(limits.quietSeconds)) {
            let end = ending(channel)
            defer { end.cancel() }
            try await body.write(ByteBuffer(string: text))
            try await Task.sleep(for: .seconds(1))
        }
        try await body.finish(nil)
    }

    /// The texts of events; what comes too quickly is left out, since each says only that there is something new.
    private static func events(_ changes: AsyncStream<Int>, quiet: Duration) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await change in changes { continuation.yield("event: change\ndata: \(change)\n\n") }
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: quiet)
                        continuation.yield(": still here\n\n")
                    }
                }
                await group.next()
                group.cancelAll()
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}

/// What all clients together may take.
package struct WebLimits: Sendable {
    package var connections = 256
    package var streams = 100
    /// From a connection's start, or the answer before, to the end of a request's head.
    package var headSeconds = 15
    package var answerSeconds = 30
    package var quietSeconds = 10

    package init() {}
}

/// How many event streams are open.
private final class OpenStreams: Sendable {
    private let count = Mutex(0)

    func open(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func close() { count.withLock { $0 -= 1 } }
}

extension Channel {
    /// The address that whoever is at the other end came from.
    fileprivate var client: String { remoteAddress?.ipAddress ?? "gone since" }
}

extension WebRequest {
    fileprivate init(_ head: HTTPRequest) {
        self.init(
            head.path ?? "/",
            method: head.method.rawValue,
            host: head.authority,
            authorization: head.headerFields[.authorization],
            cookie: head.headerFields[.cookie],
            accept: head.headerFields[.accept]
        )
    }
}

extension HTTPResponse {
    fileprivate init(_ response: WebResponse) {
        var fields = HTTPFields()
        for (name, value) in response.headers.sorted(by: { $0.key < $1.key }) {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        self.init(status: .init(code: response.status), headerFields: fields)
    }
}
