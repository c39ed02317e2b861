/// A small line chart as SVG: no script, no style of its own, and a sentence for those who do not see it.
struct Chart {
    let title: String
    /// Oldest first; nil where nothing is known.
    let values: [Double?]
    /// What the newest value is called.
    let latest: String
    /// The least value of the upper edge, so that small noise does not look like much; nil for the largest value.
    var ceiling: Double?

    private static let width = 240.0
    private static let height = 56.0

    var markup: Markup {
        let known = values.compactMap(\.self)
        let top = max(ceiling ?? 0, known.max() ?? 0)
        let scale = top > 0 ? top : 1
        let lines = segments.map { points -> Markup in
            let path = points.map { "\(Self.short($0.x)),\(Self.short(y($0.value, scale)))" }.joined(separator: " ")
            let first = Self.short(points.first?.x ?? 0)
            let last = Self.short(points.last?.x ?? 0)
            let floor = Self.short(Self.height)
            return """
                <polygon points="\(first),\(floor) \(path) \(last),\(floor)"/><polyline points="\(path)"/>
                """
        }
        return """
            <figure class="chart"><figcaption><span>\(title)</span> <strong>\(latest)</strong></figcaption>
            <svg viewBox="0 0 240 58" preserveAspectRatio="none" role="img" aria-label="\(description)">\
            <line x1="0" y1="57" x2="240" y2="57"/>\(lines)</svg></figure>

            """
    }

    private struct Point {
        var x: Double
        var value: Double
    }

    /// What is unknown in between stays a gap.
    private var segments: [[Point]] {
        var segments: [[Point]] = []
        var points: [Point] = []
        let step = values.count > 1 ? Self.width / Double(values.count - 1) : Self.width
        for (place, value) in values.enumerated() {
            if let value {
                points.append(Point(x: Double(place) * step, value: value))
            } else {
                if points.count > 1 { segments.append(points) }
                points = []
            }
        }
        if points.count > 1 { segments.append(points) }
        return segments
    }

    private func y(_ value: Double, _ scale: Double) -> Double {
        Self.height - min(1, max(0, value / scale)) * (Self.height - 4)
    }

    private var description: String {
        let known = values.compactMap(\.self)
        guard known.count > 1 else { return "\(title): \(latest), nothing to compare with yet" }
        return "\(title): \(latest) now, over \(known.count) measurements"
    }

    /// One decimal is finer than a screen.
    private static func short(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
