/// A family of numbers with one name, as Prometheus reads them.
package struct Metric: Sendable {
    package enum Kind: String, Sendable {
        case gauge
        case counter
        /// A gauge that is always 1 and says something by its labels.
        case info
        /// A sum and a count.
        case summary
    }

    struct Sample: Sendable {
        var suffix = ""
        /// In this order.
        var labels: [(name: String, value: String)]
        var value: Double
    }

    /// Without `_total` and `_info`.
    package var name: String
    package var kind: Kind
    package var help: String
    var samples: [Sample] = []

    init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// Adds a number; nothing where it is not known.
    mutating func add(_ value: Double?, _ labels: KeyValuePairs<String, String>, suffix: String = "") {
        guard let value else { return }
        samples.append(Sample(suffix: suffix, labels: labels.map { (name: $0.key, value: $0.value) }, value: value))
    }

    mutating func add(_ value: Int?, _ labels: KeyValuePairs<String, String>, suffix: String = "") {
        add(value.map(Double.init), labels, suffix: suffix)
    }

    mutating func add(_ value: Bool, _ labels: KeyValuePairs<String, String>) { add(value ? 1 : 0, labels) }

    /// The name that a query uses.
    package var sampleName: String {
        switch kind {
        case .gauge, .summary: name
        case .counter: name + "_total"
        case .info: name + "_info"
        }
    }

    /// The names of everything that the family holds.
    package var sampleNames: [String] { kind == .summary ? [name + "_sum", name + "_count"] : [sampleName] }
}

extension Metric {
    /// The forms that the text comes in.
    enum Format {
        /// Prometheus' own, version 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.
        case openMetrics
    }

    func text(_ format: Format) -> String {
        let family = format == .openMetrics ? name : kind == .summary ? name : sampleName
        let type = format == .prometheus && kind == .info ? "gauge" : kind.rawValue
        var lines = "# HELP \(family) \(Self.escaped(help, quotes: format == .openMetrics))\n# TYPE \(family) \(type)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
                .joined(separator: ",")
            let name = kind == .summary ? name + sample.suffix : sampleName
            lines += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
        }
        return lines
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? escaped.replacing("\"", with: "\\\"") : escaped
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
