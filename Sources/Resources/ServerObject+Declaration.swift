import Hashing
package import SpecSchema

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ServerObject {
    /// Digests of what is declared, wherever it stands, by attribute; they tell drift from a declaration that has changed.
    package var declarationDigests: [String: String] {
        declaration.mapValues { value in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let data = (try? encoder.encode(value)) ?? Data()
            // Half of it tells two declarations apart as well, in a record that may hold thousands.
            return String(SHA256.hexadecimal(SHA256.hash(data)).prefix(32))
        }
    }

    /// What the object is declared with, by attribute: the members of its document's `spec`.
    package var declaration: [String: JSONValue] {
        guard case .object(let members) = document, case .object(let spec) = members["spec"] else { return [:] }
        return spec
    }
}
