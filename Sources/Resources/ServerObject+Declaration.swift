import Hashing
import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ServerObject {
    /// A digest of what is declared, wherever it stands; tells drift from a declaration that has changed since.
    package var declarationDigest: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let document = declaration, let data = try? encoder.encode(document) else { return "none" }
        return SHA256.digest(data)
    }
}
