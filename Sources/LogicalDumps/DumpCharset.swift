/// The charset of a dump against that of a database.
package enum DumpCharset {
    package enum Verdict: Hashable, Sendable {
        case same
        /// Every character has a place in the other one.
        case converts
        /// Characters may have no place, and then the load stops in the middle.
        case mayFail
    }

    /// Finds `SET client_encoding = 'UTF8';` in the beginning of a script; nil where it does not say.
    package static func of(script: String) -> String? {
        script.firstMatch(of: #/SET client_encoding = '([^']+)';/#).map { String($0.1) }
    }

    package static func verdict(of dump: String, into database: String) -> Verdict {
        if name(dump) == name(database) { return .same }
        return name(database) == "UTF8" && name(dump) != "SQLASCII" ? .converts : .mayFail
    }

    private static func name(_ charset: String) -> String {
        let letters = charset.uppercased().filter { $0.isLetter || $0.isNumber }
        return letters == "UNICODE" ? "UTF8" : letters
    }
}
