import Hashing
package import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files of one followed branch or tag in the home; knows names, and reads and writes its record.
package struct GitFolder: Hashable, Sendable {
    let path: String
    /// What somebody has accepted; of all repositories of the home, since a commit's id says which it is of.
    package let consent: String

    /// - Parameter reference: Another branch or another repository has a folder of its own, and begins anew.
    package init(home: LocalHome, address: GitAddress, reference: GitReference) {
        let key = SHA256.digest(Array("\(address.identity)\n\(reference.name)".utf8)).dropFirst("sha256:".count)
            .prefix(16)
        path = "\(home.git)/\(key)"
        consent = Self.consent(in: home)
    }

    /// The file that says which commit somebody has accepted.
    package static func consent(in home: LocalHome) -> String { "\(home.git)/accepted" }

    var lock: String { path + "/lock" }
    var mirror: String { path + "/mirror.git" }
    var record: String { path + "/record.json" }
    var checkouts: String { path + "/commits" }
    func checkout(of commit: String) -> String { "\(checkouts)/\(commit)" }
    func unfinished(_ commit: String) -> String { "\(checkouts)/\(Self.unfinishedPrefix)\(commit)" }
    static let unfinishedPrefix = ".new-"
}

/// What is remembered of a followed branch: without it the next commit would be taken as the first.
struct GitRecord: Codable, Hashable, Sendable {
    /// The commit whose specifications came into force last, and the one before it.
    var inForce: String?
    var before: String?
    /// Since when the remote does not answer; nil while it does.
    var unreachableSince: Date?

    init() {}

    init?(_ text: String) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let record = try? decoder.decode(GitRecord.self, from: Data(text.utf8)),
            [record.inForce, record.before].allSatisfy({ $0.map { GitObject.isWhole($0) } ?? true })
        else { return nil }
        self = record
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        guard let data = try? encoder.encode(self) else { preconditionFailure("a record is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
