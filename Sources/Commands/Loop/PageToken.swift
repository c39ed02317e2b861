import Glibc
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The token of the page, as its file holds it: one line.
enum PageToken {
    /// Shorter ones can be tried one after the other.
    private static let shortest = 16

    static func read(_ path: String) throws(ProviderError) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ProviderError(
                "cannot read the page's token from \(path)",
                help: "make one, for your own eyes only: (umask 077; openssl rand -hex 32 > \(path))"
            )
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & 0o007 != 0 {
            throw ProviderError("everybody may read the page's token in \(path)", help: "chmod 600 \(path)")
        }
        let token = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard token.utf8.count >= shortest, token.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw ProviderError(
                "the page's token in \(path) is not \(shortest) or more letters, digits and signs in one line",
                help: "make a new one: openssl rand -hex 32 > \(path)"
            )
        }
        return token
    }
}
