import CLibCrypto

/// SHA-256 of bytes, as the short text that digests in plans and records are written in.
package enum SHA256 {
    /// Returns the 32 bytes of the hash.
    package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var result = [UInt8](repeating: 0, count: 32)
        _ = CLibCrypto.SHA256(input, input.count, &result)
        return result
    }

    /// Returns `sha256:` and 64 hexadecimal digits.
    package static func digest(_ bytes: some Sequence<UInt8>) -> String {
        "sha256:" + hexadecimal(hash(bytes))
    }

    /// Returns two lower-case hexadecimal digits a byte.
    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
