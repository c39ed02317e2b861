import Diagnostics
import FleetModel
import SpecSchema

/// A Fleet document's `spec` as written.
struct FleetSpec: Sendable {
    var provider: Located<Fleet.Provider>?
    var local: Located<LocalSpec>?
    var defaults: Located<InstanceDefaults>?
    var safety: Located<SafetySpec>?
    var policy: Located<[Located<PolicyRule>]>?
    var notifications: Located<[Located<NotificationChannel>]>?

    static let schema = ObjectSchema<FleetSpec>(
        "Fleet",
        Fleet.summary,
        make: { _ in FleetSpec() },
        fields: [
            Field("provider", \.provider, .choice(of: "provider"), "Where instances live; local is this host."),
            Field("local", \.local, .object(LocalSpec.schema), "Settings of the provider local."),
            Field(
                "defaults",
                \.defaults,
                .object(InstanceDefaults.schema),
                "What an instance gets that says nothing else."
            ),
            Field("safety", \.safety, .object(SafetySpec.schema), "How far one run may go."),
            Field(
                "policy",
                \.policy,
                .list(of: .policyRule),
                "Rules for instances and for what plans do to them."
            ),
            Field(
                "notifications",
                \.notifications,
                .list(of: .notificationChannel),
                "Whom the loop tells what has happened."
            ),
        ]
    )
}

/// `Fleet.spec.local` as written.
struct LocalSpec: Sendable {
    var binaries: Located<[Located<String>]>?
    var address: Located<String>?
    var publicAddress: Located<String>?
    var ports: Located<ClosedRange<Int>>?
    var nodePorts: Located<ClosedRange<Int>>?

    static let schema = ObjectSchema<LocalSpec>(
        "local provider settings",
        "How instances are kept on this host.",
        make: { _ in LocalSpec() },
        fields: [
            Field(
                "binaries",
                \.binaries,
                .list(of: .text),
                "Folders that hold initdb and postgres, for majors that are not where Debian puts them."
            ),
            Field(
                "address",
                \.address,
                .loopbackAddress,
                "The address that endpoints listen on; 127.0.0.1 by default."
            ),
            Field(
                "publicAddress",
                \.publicAddress,
                .address,
                "The address of this host that public endpoints listen on; 127.0.0.1 by default, 0.0.0.0 for all of IPv4."
            ),
            Field("ports", \.ports, .portRange, "The ports for endpoints, FIRST-LAST; 15400-15999 by default."),
            Field("nodePorts", \.nodePorts, .portRange, "The ports for servers behind them; 16000-17999 by default."),
        ]
    )
}

/// `Fleet.spec.safety` as written.
struct SafetySpec: Sendable {
    var maxDeletes: Located<Int>?
    var maxRestarts: Located<Int>?
    var canary: Located<CanarySpec>?

    static let schema = ObjectSchema<SafetySpec>(
        "safety limits",
        "How far one run may go.",
        make: { _ in SafetySpec() },
        fields: [
            Field(
                "maxDeletes",
                \.maxDeletes,
                .integer(0...1000),
                "How many resources one run, or the loop within an hour, may delete; 1 by default."
            ),
            Field(
                "maxRestarts",
                \.maxRestarts,
                .integer(0...1000),
                "How many instances one run, or the loop within an hour, may restart or switch over; any by default."
            ),
            Field("canary", \.canary, .object(CanarySpec.schema), CanarySpec.schema.shape.summary),
        ]
    )
}

/// `Fleet.spec.safety.canary` as written.
struct CanarySpec: Sendable {
    var soak: Located<Int>?
    var batch: Located<Int>?

    static let schema = ObjectSchema<CanarySpec>(
        "canary",
        "Lets the loop change one instance first, and the others only when that one has stayed as desired.",
        make: { _ in CanarySpec() },
        fields: [
            Field(
                "for",
                \.soak,
                .seconds,
                required: true,
                "How long the first instance must have been as desired: 30s, 10m, 2h."
            ),
            Field(
                "batch",
                \.batch,
                .integer(1...1000),
                "How many instances are changed side by side after that; all by default."
            ),
        ]
    )
}

extension ValueType where Value == ClosedRange<Int> {
    /// `15400-15999`.
    static var portRange: ValueType {
        ValueType<String>.text(named: "port range", pattern: "^[0-9]+-[0-9]+$")
            .map { text, place, collector in
                let parts = text.split(separator: "-", maxSplits: 1).map { Int($0) }
                guard parts.count == 2, let first = parts[0], let last = parts[1], 1024 <= first, first <= last,
                    last <= 65_535
                else {
                    collector.emitBadValue(
                        "\"\(text)\" is no range of ports.",
                        at: place,
                        help: "write FIRST-LAST with ports from 1024 to 65535, such as 15400-15999"
                    )
                    return nil
                }
                return first...last
            }
    }
}

extension ValueType where Value == String {
    /// An address of this host alone: other hosts are reached by public endpoints.
    static var loopbackAddress: ValueType {
        .text(named: "loopback address", pattern: "^(127\\.[0-9]+\\.[0-9]+\\.[0-9]+|::1)$") { text in
            let isLoopback = IPNetwork(address: text)?.isLoopback ?? false
            return isLoopback ? nil : "\"\(text)\" is no loopback address (127.x.x.x or ::1)."
        }
    }

    /// An address of IPv4 or IPv6, in its usual spelling.
    static var address: ValueType {
        ValueType.text(named: "address", pattern: "^[0-9A-Fa-f:.]+$")
            .map { text, place, collector in
                guard let address = IPNetwork(address: text) else {
                    collector.emitBadValue(
                        "\"\(text)\" is no address.",
                        at: place,
                        help: "write an address of this host, such as 192.0.2.10, or 0.0.0.0 for all of IPv4"
                    )
                    return nil
                }
                return address.address
            }
    }
}
