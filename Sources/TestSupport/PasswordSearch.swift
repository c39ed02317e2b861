package import Foundation

/// Finds the passwords of ``TemporaryHome/password(_:)``, whichever name they are of.
package enum PasswordSearch {
    static let start = "Pw1!"
    static let end = "-secret"
    /// The longest name of an account has 63 bytes.
    private static let longest = 63

    /// Whether a password is among the bytes.
    package static func finds(in data: Data) -> Bool {
        var rest = data.startIndex..<data.endIndex
        while let found = data.range(of: Data(start.utf8), in: rest) {
            rest = found.upperBound..<data.endIndex
            let near = rest.prefix(longest + end.utf8.count)
            if data.range(of: Data(end.utf8), in: near) != nil { return true }
        }
        return false
    }
}

/// A password stands where it must not be.
package struct PasswordFound: Error, CustomStringConvertible {
    package var place: String

    package var description: String { "a password is in \(place)" }
}

extension TemporaryHome {
    /// Throws when a password is in a file below `home`, or in the arguments or the environment of a server.
    ///
    /// Tables and their log are passed over: tests write there what they like.
    func expectNoPassword() throws {
        for file in files where !file.contains("/data/base/") && !file.contains("/pg_wal/") {
            // Servers that still run take files away.
            guard let data = try? Data(contentsOf: URL(filePath: "\(path)/home/\(file)")) else { continue }
            if PasswordSearch.finds(in: data) { throw PasswordFound(place: file) }
        }
        for processID in processes {
            let words = (try? Data(contentsOf: URL(filePath: "/proc/\(processID)/cmdline"))) ?? Data()
            if PasswordSearch.finds(in: words) { throw PasswordFound(place: "the arguments of process \(processID)") }
            // pgsteer itself gets them that way.
            guard !words.starts(with: Data(Program.path.utf8)) else { continue }
            let variables = (try? Data(contentsOf: URL(filePath: "/proc/\(processID)/environ"))) ?? Data()
            if PasswordSearch.finds(in: variables) {
                throw PasswordFound(place: "the environment of process \(processID)")
            }
        }
    }
}
