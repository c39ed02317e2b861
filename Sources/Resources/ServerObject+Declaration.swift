import Hashing
package import SpecSchema

extension ServerObject {
    /// Digests of what is declared, wherever it stands, by attribute; they tell drift from a declaration that has changed.
    package var declarationDigests: [String: String] {
        // Half a digest tells two declarations apart as well, in a record that may hold thousands.
        declaration.mapValues { String(SHA256.hexadecimal(SHA256.hash($0.canonicalText.utf8)).prefix(32)) }
    }

    /// What the object is declared with, by attribute: the members of its document's `spec`.
    package var declaration: [String: JSONValue] {
        guard case .object(let members) = document, case .object(let spec) = members["spec"] else { return [:] }
        return spec
    }
}
