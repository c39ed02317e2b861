import Diagnostics
package import FleetModel
package import SpecSchema

/// Whom the loop tells what has happened: an address that takes a JSON document for each notification.
package struct NotificationChannel: Sendable, Hashable {
    /// What there is to tell.
    package enum Topic: String, Sendable, CaseIterable, Codable {
        /// An instance does not get on by itself.
        case stalled
        /// Somebody else changed what is declared.
        case drift
        /// Another node has become the primary.
        case failover
        /// The last backup failed.
        case backupFailed
        /// A migration waits for its completion.
        case migrationReady
        /// The newest specifications, or the newest commit, cannot come into force.
        case specifications
    }

    /// The document that is sent.
    package enum Format: String, Sendable, CaseIterable, Codable {
        /// The fields of a notification.
        case json
        /// A text, as Slack and those that take the same read it.
        case slack
    }

    /// What it is called in messages, in metrics and in the loop's files.
    package var name: Located<String>
    /// Where the address is kept; the address itself lets whoever knows it send, so it is a secret.
    package var address: Located<SecretReference>
    package var topics: Set<Topic>
    package var format: Format
}

/// A channel as written.
struct NotificationChannelSpec: Sendable {
    var name: Located<String>?
    var webhook: Located<WebhookSpec>?
    var on: Located<[Located<NotificationChannel.Topic>]>?
    var format: Located<NotificationChannel.Format>?

    static let schema = ObjectSchema<NotificationChannelSpec>(
        "channel",
        "Whom the loop tells what has happened.",
        make: { _ in NotificationChannelSpec() },
        fields: [
            Field(
                "name",
                \.name,
                .text(named: "name", pattern: "^[A-Za-z0-9_-]{1,60}$") { name in
                    NotificationChannelSpec.isName(name)
                        ? nil : "\"\(name)\" is no name of 1 to 60 letters, digits, _ and -."
                },
                required: true,
                "What it is called in messages and metrics."
            ),
            Field("webhook", \.webhook, .object(WebhookSpec.schema), required: true, WebhookSpec.schema.shape.summary),
            Field("on", \.on, .oneOrMore(.choice(of: "topic")), "What is told there; everything by default."),
            Field("format", \.format, .choice(of: "format"), "json, or slack for a text; json by default."),
        ]
    )

    private static func isName(_ name: String) -> Bool {
        (1...60).contains(name.utf8.count)
            && name.utf8.allSatisfy { Rules.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}

/// `webhook` of a channel as written.
struct WebhookSpec: Sendable {
    var urlFrom: Located<SecretReference>?

    static let schema = ObjectSchema<WebhookSpec>(
        "webhook",
        "An address of http or https that takes notifications.",
        refused: [
            "url": "whoever knows the address can send to it, so it does not belong into a specification; use urlFrom"
        ],
        make: { _ in WebhookSpec() },
        fields: [
            Field("urlFrom", \.urlFrom, .secretReference, required: true, "Where the address is kept; it is a secret.")
        ]
    )
}

extension ValueType where Value == NotificationChannel {
    /// A channel of `Fleet.spec.notifications`.
    static var notificationChannel: ValueType {
        ValueType<NotificationChannelSpec>.object(NotificationChannelSpec.schema)
            .map { spec, _, _ in
                guard let name = spec.name, let address = spec.webhook?.value.urlFrom else { return nil }
                let topics = spec.on.map { Set($0.value.map(\.value)) } ?? Set(NotificationChannel.Topic.allCases)
                return NotificationChannel(
                    name: name,
                    address: address,
                    topics: topics,
                    format: spec.format?.value ?? .json
                )
            }
    }
}

extension Fleet {
    /// Two channels of one name could not be told apart in what is waiting for them.
    static func checkNames(of channels: [Located<NotificationChannel>], collector: inout DiagnosticCollector) {
        var seen: Set<String> = []
        for channel in channels where !seen.insert(channel.value.name.value).inserted {
            collector.emitBadValue(
                "There are two channels \"\(channel.value.name.value)\".",
                at: channel.value.name.range,
                help: "give one of them another name"
            )
        }
    }
}
