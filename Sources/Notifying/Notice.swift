package import Resources

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One notification. It is sent as it is, so it holds nothing that whoever receives it should not read.
package struct Notice: Codable, Hashable, Sendable {
    package enum State: String, Codable, Sendable {
        /// Something holds since a moment.
        case firing
        /// It holds no more.
        case resolved
        /// Something happened, and is over.
        case happened
    }

    package private(set) var formatVersion = "1.0"
    /// The same each time that a notification is sent again, so that who receives it twice can tell.
    package var id: String
    package var topic: NotificationChannel.Topic
    package var state: State
    /// What it is about: `Instance/orders`, `Migration/move`, `specifications`.
    package var subject: String
    /// One sentence for people.
    package var message: String
    /// Since when it holds, or when it happened.
    package var since: Date
    package var time: Date
    /// The commit of the specifications in force; left out when they are not in git.
    package var commit: String?
    /// The machine that the loop runs on.
    package var host: String = ""

    init(
        _ topic: NotificationChannel.Topic,
        _ state: State,
        _ subject: String,
        _ message: String,
        since: Date,
        time: Date
    ) {
        id = String((0..<16).compactMap { _ in "abcdefghijkmnpqrstuvwxyz23456789".randomElement() })
        self.topic = topic
        self.state = state
        self.subject = subject
        self.message = message
        self.since = since
        self.time = time
    }

    /// The document that is sent.
    package func body(_ format: NotificationChannel.Format) -> String {
        switch format {
        case .json: Self.json(self)
        case .slack: Self.json(["text": slackText])
        }
    }

    /// `&`, `<` and `>` mean something in Slack's texts; what somebody else wrote must not.
    private var slackText: String {
        let mark =
            switch state {
            case .firing: "*\(topic.rawValue)*"
            case .resolved: "*\(topic.rawValue)* is over"
            case .happened: "*\(topic.rawValue)*"
            }
        let text = message.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return "\(mark) \(subject): \(text)"
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        guard let data = try? encoder.encode(value) else { preconditionFailure("a notification is always JSON") }
        return String(decoding: data, as: UTF8.self)
    }
}
