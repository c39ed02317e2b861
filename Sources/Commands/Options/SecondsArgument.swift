import ArgumentParser

/// A time span on the command line, in whole seconds: `30`, `30s`, `5m`, `1h`.
struct SecondsArgument: ExpressibleByArgument, ExpressibleByIntegerLiteral, Sendable {
    var seconds: Int

    init(integerLiteral seconds: Int) {
        self.seconds = seconds
    }

    init?(argument: String) {
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        let factor = argument.last.flatMap { factors[$0] }
        let digits = factor == nil ? argument[...] : argument.dropLast()
        guard digits.allSatisfy(\.isASCII), let number = Int(digits), (0...1_000_000).contains(number) else {
            return nil
        }
        seconds = number * (factor ?? 1)
    }

    var defaultValueDescription: String { "\(seconds)s" }
}
