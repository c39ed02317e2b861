package import Dashboard
import Glibc
import NIOCore
package import Reconciliation

/// The page of a loop: keeps its facts and serves them, until the task is cancelled.
///
/// Whatever happens to it is an event; the loop goes on without it.
package struct PageService: Sendable {
    private let address: ListenAddress
    private let routes: Routes
    private let keeper: FactKeeper
    private let limits: WebLimits
    private let host: any LoopHost
    private let status: LoopStatus

    private static let retry = Duration.seconds(2)

    package init(
        _ address: ListenAddress,
        token: String?,
        keeper: FactKeeper,
        host: any LoopHost,
        status: LoopStatus,
        limits: WebLimits = WebLimits()
    ) {
        self.address = address
        routes = Routes(access: AccessRule(token: token))
        self.keeper = keeper
        self.limits = limits
        self.host = host
        self.status = status
    }

    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await keeper.run() }
            group.addTask { await serve() }
        }
    }

    /// Listens again when it cannot: another loop may still have the address, and ends some time.
    private func serve() async {
        let answers = Answers(routes: routes, keeper: keeper, tell: tell)
        let server = WebServer(address, limits: limits, responder: answers)
        var told: String?
        while !Task.isCancelled {
            do {
                try await server.run { port in
                    await tell(LoopEvent(.pageOpened, "the page is at http://\(address.with(port: port))/"))
                }
            } catch {
                let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
                let trouble = "the page cannot be opened at \(address): \(reason); tried again and again"
                if trouble != told, !Task.isCancelled { await tell(LoopEvent(.pageFailed, .warning, trouble)) }
                told = trouble
            }
            try? await Task.sleep(for: Self.retry)
        }
    }

    @Sendable private func tell(_ event: LoopEvent) async {
        host.report(event)
        await status.add(event)
    }

    private struct Answers: WebResponder {
        let routes: Routes
        let keeper: FactKeeper
        let tell: @Sendable (LoopEvent) async -> Void
        private let troubles = ClientTroubles()

        func response(to request: WebRequest) async -> WebResponse { routes.response(to: request) { keeper.facts } }
        func changes() async -> AsyncStream<Int> { keeper.changes() }
        func turnedAway(_ trouble: ClientTrouble, from client: String) async {
            guard let text = troubles.note(trouble, from: client) else { return }
            await tell(LoopEvent(.clientRefused, .warning, text))
        }
    }
}
