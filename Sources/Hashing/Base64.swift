import CLibCrypto

/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var result = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&result, bytes, Int32(bytes.count))
        return String(decoding: result.prefix(Int(count)), as: UTF8.self)
    }

    /// Returns nil for a text that is not base64.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let input = Array(text.utf8)
        guard input.count % 4 == 0 else { return nil }
        var result = [UInt8](repeating: 0, count: input.count / 4 * 3 + 1)
        let count = EVP_DecodeBlock(&result, input, Int32(input.count))
        guard count >= 0 else { return nil }
        // libcrypto counts the bytes that the padding stands for.
        let padding = input.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return padding > 2 ? nil : Array(result.prefix(Int(count) - padding))
    }
}
