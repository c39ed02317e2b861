package import Dashboard
import Synchronization

/// What a client of the page does that it is turned away for.
package enum ClientTrouble: Sendable, Hashable {
    case body
    case wrongToken
    case foreignName
    case tooManyStreams
    case slowReader

    /// Nil for what a person with a browser does who means well: a page that is not there, a token that is still to be named.
    package init?(_ response: WebResponse, to request: WebRequest) {
        switch response.status {
        case 401 where request.namesToken: self = .wrongToken
        case 421: self = .foreignName
        default: return nil
        }
    }

    var sentence: String {
        switch self {
        case .body: "sent a request with a body, and nothing here takes one (413)"
        case .wrongToken: "named a wrong token (401)"
        case .foreignName: "asked for the page by a name that is not this host's own (421)"
        case .tooManyStreams: "asked for more event streams than may be open at a time (503)"
        case .slowReader: "took too long to read an answer, and its connection was closed"
        }
    }
}

/// Counts what clients are turned away for: each kind is told once, and after an hour with how often it was since.
package final class ClientTroubles: Sendable {
    private struct Record {
        var told: ContinuousClock.Instant
        var since = 0
    }

    private static let pause = Duration.seconds(3600)
    private let records = Mutex<[ClientTrouble: Record]>([:])

    package init() {}

    /// Returns what is to be told of a trouble now; nil while that was told shortly before.
    ///
    /// - Parameter client: The address that it came from.
    package func note(_ trouble: ClientTrouble, from client: String, at now: ContinuousClock.Instant = .now) -> String?
    {
        records.withLock { records in
            let text = "a client of the page, \(client), \(trouble.sentence)"
            guard var record = records[trouble] else {
                records[trouble] = Record(told: now)
                return "\(text); more of this is told after an hour"
            }
            record.since += 1
            guard now - record.told >= Self.pause else {
                records[trouble] = record
                return nil
            }
            records[trouble] = Record(told: now)
            return "\(text); \(record.since) times since this was told last"
        }
    }
}
