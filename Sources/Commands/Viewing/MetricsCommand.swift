import ArgumentParser
import Diagnostics
import FleetModel
import Observing
import Providers
import Resources

struct MetricsCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Shows how an instance is doing: sessions, load, cache, write-ahead log, standbys, storage.",
        discussion: """
            Rates are those of one second, unless --interval says otherwise. Times of statements need \
            the extension pg_stat_statements.
            """
    )

    @Argument(help: "The instance.")
    var name: String

    @Option(help: "This node; the primary by default.")
    var node: Int?

    @Flag(name: .shortAndLong, help: "Go on, one line for each look, until Ctrl-C.")
    var watch = false

    @Option(help: ArgumentHelp("Over how many seconds rates are measured.", valueName: "seconds"))
    var interval = 1.0

    @OptionGroup var servers: ServerOptions
    @OptionGroup var global: GlobalOptions

    @Option(name: .shortAndLong, help: "text or json; with --watch json is one object a line.")
    var output = Format.text

    private struct Document: Encodable {
        var formatVersion = "1.0"
        var instance: String
        var node: Int
        var figures: ServerFigures
        /// Nil when counters were reset between the two looks.
        var rates: FigureRates?
    }

    func validate() throws {
        if interval < 0.1 { throw ValidationError("--interval is 0.1 seconds or more") }
    }

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global, desired: servers.desired)
            guard let placement = try await session.provider.observe(name) else {
                throw UnknownInstanceError(name: name, known: Array(try await session.provider.observe().keys))
            }
            let number = node ?? placement.primary?.number ?? 1
            try check(placement, number)
            if watch, output == .text { terminal.write(MetricsReport.watchHeader) }
            repeat {
                let measured = try await session.observer.figures(of: placement, node: node, over: .seconds(interval))
                let (figures, rates) = (measured.figures, measured.rates)
                let document = Document(instance: name, node: number, figures: figures, rates: rates)
                let report = MetricsReport(figures: figures, rates: rates)
                switch output {
                case .json where watch: terminal.write(try JSONText.text(document, isPretty: false))
                case .json: try terminal.write(json: document)
                case .text where watch: terminal.write(report.watchLine)
                case .text:
                    terminal.write(terminal.resultStyle.paint(name, .emphasis) + "\n" + report.text)
                }
            } while watch
        } catch {
            throw terminal.failure(error)
        }
    }

    private func check(_ placement: InstanceObservation, _ number: Int) throws {
        guard let found = placement.nodes.first(where: { $0.number == number }) else {
            let numbers = placement.nodes.map { String($0.number) }.joined(separator: ", ")
            throw ConnectError("\(name) has no node \(number)\nhelp: its nodes are \(numbers)")
        }
        guard found.isRunning else {
            throw ConnectError("node \(number) of \(name) does not run; bring it back with: pgsteer apply")
        }
    }
}

/// The figures of one server, for people.
struct MetricsReport {
    let figures: ServerFigures
    let rates: FigureRates?

    static let watchHeader = "SESSIONS  ACTIVE  WAITING  TRANSACTIONS/S  CACHE HIT  WAL/S       STATEMENT MS  LAG\n"

    /// One line under ``watchHeader``.
    var watchLine: String {
        let sessions = figures.sessions
        let transactions = rates.map { FigureText.number($0.transactionsPerSecond) } ?? "-"
        let log = rates.map { FigureText.bytes($0.walBytesPerSecond) } ?? "-"
        let statement = rates?.statementMilliseconds.map(FigureText.number) ?? "-"
        let lag = figures.followers.compactMap(\.lagBytes).max().map { FigureText.bytes($0) } ?? "-"
        let cells: [(text: String, width: Int)] = [
            ("\(sessions.used)/\(sessions.allowed)", 8), ("\(sessions.active)", 6), ("\(sessions.waiting)", 7),
            (transactions, 14), (FigureText.share(rates?.cacheHitShare), 9), (log, 10), (statement, 12), (lag, 0),
        ]
        let padded = cells.map { cell in
            cell.text + String(repeating: " ", count: max(0, cell.width - cell.text.count))
        }
        return padded.joined(separator: "  ") + "\n"
    }

    var text: String {
        (load + upkeep + followers)
            .map { name, value in "  \(name)\(String(repeating: " ", count: 20 - name.count))\(value)\n" }.joined()
    }

    private var load: [(String, String)] {
        let sessions = figures.sessions
        let role = figures.isStandby ? "standby" : "primary"
        let up = FigureText.duration(figures.time - figures.started)
        let rate = rates.map { "\(FigureText.number($0.transactionsPerSecond)) /s" } ?? "-"
        let hit = FigureText.share(rates?.cacheHitShare)
        return [
            ("role", "\(role), up \(up)"),
            (
                "sessions",
                "\(sessions.used) of \(sessions.allowed): \(sessions.active) active, "
                    + "\(sessions.idleInTransaction) idle in transaction, \(sessions.waiting) waiting for locks"
            ),
            ("transactions", rate),
            ("statements", statements),
            ("cache hit", "\(hit) now, \(FigureText.share(figures.counters.cacheHitShare)) in all"),
            ("oldest transaction", figures.oldestTransactionSeconds.map(FigureText.duration) ?? "-"),
            ("deadlocks", "\(figures.counters.deadlocks)"),
        ]
    }

    private var upkeep: [(String, String)] {
        let counters = figures.counters
        let log = FigureText.bytes(figures.storage.walBytes)
        let temporary = FigureText.bytes(counters.temporaryBytes)
        return [
            ("WAL", rates.map { "\(FigureText.bytes($0.walBytesPerSecond)) /s" } ?? "-"),
            ("checkpoints", "\(counters.checkpointsTimed) by time, \(counters.checkpointsRequested) asked for"),
            ("storage", "\(figures.storage.shown), \(log) of it write-ahead log"),
            ("temporary files", "\(counters.temporaryFiles), \(temporary)"),
            ("dead rows", "\(figures.deadRows) beside \(figures.liveRows) that live"),
        ]
    }

    private var followers: [(String, String)] {
        figures.followers.map { follower in
            let bytes = follower.lagBytes.map { FigureText.bytes($0) } ?? "unknown"
            let seconds = follower.lagSeconds.map { ", \(FigureText.duration($0))" } ?? ""
            return ("follower", "\(follower.name.visible): \(follower.state), \(bytes)\(seconds) behind")
        }
    }

    private var statements: String {
        guard figures.counters.statements != nil else { return "- (the extension pg_stat_statements is not loaded)" }
        guard let rates, let rate = rates.statementsPerSecond else { return "-" }
        let mean = rates.statementMilliseconds.map { ", \(FigureText.number($0)) ms each" } ?? ""
        return "\(FigureText.number(rate)) /s\(mean)"
    }
}
