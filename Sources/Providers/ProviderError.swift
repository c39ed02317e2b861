/// Why a provider could not do something: what it was doing, what came in between, what to do about it.
package struct ProviderError: Error, Hashable, Sendable {
    package var message: String
    package var help: String?
    /// What the program or server itself said last, oldest first.
    package var log: [String]
    /// Whether it was tried and everything is as before: the same would end in the same way.
    package var isTakenBack = false

    package init(_ message: String, help: String? = nil, log: [String] = [], isTakenBack: Bool = false) {
        self.message = message
        self.help = help
        self.log = log
        self.isTakenBack = isTakenBack
    }
}

extension ProviderError: CustomStringConvertible {
    package var description: String {
        var lines = [message]
        if !log.isEmpty { lines += ["it said:"] + log.map { "  " + $0 } }
        if let help { lines.append("help: \(help)") }
        return lines.joined(separator: "\n")
    }
}

extension ProviderError {
    /// What went wrong in one line, with the first error of the program or server, or what it said last.
    var line: String {
        let said = log.first { $0.contains("error:") || $0.contains("FATAL:") } ?? log.last
        return ([message] + [said].compactMap(\.self)).joined(separator: ": ")
    }
}
