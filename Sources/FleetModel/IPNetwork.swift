import Glibc

/// A block of addresses that share their first bits: `10.1.0.0/16`, `fd00::/8`; one address alone is a block, too.
package struct IPNetwork: Hashable, Sendable {
    /// Why a text is no network.
    package enum Problem: Error, Hashable, Sendable {
        /// The text before the slash is no address of IPv4 or IPv6.
        case noAddress
        /// The text behind the slash is no number from 0 to this one.
        case badLength(limit: Int)
        /// The address has bits behind the prefix; the network that it is in, and the address alone, are what may be meant.
        case hostBits(network: IPNetwork, address: IPNetwork)
        /// An IPv4 address in the notation of IPv6, which no client has here.
        case mapped(IPNetwork)
    }

    /// Four of them for IPv4, sixteen for IPv6, in the order of the network.
    package let bytes: [UInt8]
    /// How many of the first bits all addresses share.
    package let prefixLength: Int

    private init(bytes: [UInt8], prefixLength: Int) {
        self.bytes = bytes
        self.prefixLength = prefixLength
    }

    /// Every address of IPv4, and every one of IPv6.
    package static let everything = [
        IPNetwork(bytes: [UInt8](repeating: 0, count: 4), prefixLength: 0),
        IPNetwork(bytes: [UInt8](repeating: 0, count: 16), prefixLength: 0),
    ]

    /// Reads `ADDRESS` or `ADDRESS/LENGTH` (RFC 4632 section 3.1, RFC 4291 section 2.3).
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let bytes = Self.bytes(of: parts[0]) else { throw .noAddress }
        let limit = bytes.count * 8
        var length = limit
        if parts.count > 1 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ 48...57 ~= $0 }), let number = Int(parts[1]),
                number <= limit
            else { throw .badLength(limit: limit) }
            length = number
        }
        let network = IPNetwork(bytes: Self.masked(bytes, length), prefixLength: length)
        if network.bytes != bytes {
            throw .hostBits(network: network, address: IPNetwork(bytes: bytes, prefixLength: limit))
        }
        // ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
        if limit == 128, length >= 96, bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
            throw .mapped(IPNetwork(bytes: Array(bytes.suffix(4)), prefixLength: length - 96))
        }
        self = network
    }

    /// Reads one address, without a slash; nil when it is none.
    package init?(address text: String) {
        guard let bytes = Self.bytes(of: text) else { return nil }
        self.init(bytes: bytes, prefixLength: bytes.count * 8)
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// Whether it is one address alone.
    package var isAddress: Bool { prefixLength == bytes.count * 8 }

    /// Whether the address is one that only this machine itself reaches.
    package var isLoopback: Bool {
        isIPv6 ? isAddress && bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 } : bytes[0] == 127
    }

    /// Whether every address of another block is in this one.
    package func covers(_ other: IPNetwork) -> Bool {
        other.bytes.count == bytes.count && other.prefixLength >= prefixLength
            && Self.masked(other.bytes, prefixLength) == bytes
    }

    private static func masked(_ bytes: [UInt8], _ length: Int) -> [UInt8] {
        bytes.enumerated()
            .map { index, byte in
                let kept = min(8, max(0, length - index * 8))
                return kept == 0 ? 0 : byte & (0xFF << UInt8(8 - kept))
            }
    }

    private static func bytes(of text: String) -> [UInt8]? {
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        return inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &bytes) == 1 ? bytes : nil
    }
}

extension IPNetwork: CustomStringConvertible {
    /// The address alone, without its length.
    package var address: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &buffer, socklen_t(buffer.count))
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// With its length, but for one address alone.
    package var description: String { isAddress ? address : "\(address)/\(prefixLength)" }
}

extension IPNetwork: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let network = try? IPNetwork(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a network: \(text)")
        }
        self = network
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
