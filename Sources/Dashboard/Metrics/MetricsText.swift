/// The text of `/metrics`.
package struct MetricsText {
    private let facts: FleetFacts

    package init(facts: FleetFacts) { self.facts = facts }

    /// Every family, also those that have no sample now.
    package var metrics: [Metric] {
        LoopMetrics(facts: facts).metrics + InstanceMetrics(facts: facts).metrics + NodeMetrics(facts: facts).metrics
            + MigrationMetrics(facts: facts).metrics
    }

    /// OpenMetrics for who asks for it, else the text format that Prometheus and `promtool check metrics` read.
    func response(accept: String?) -> WebResponse {
        let isOpen = accept?.contains("application/openmetrics-text") ?? false
        let format = isOpen ? Metric.Format.openMetrics : .prometheus
        return WebResponse(
            type: isOpen
                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8",
            .text(text(format))
        )
    }

    func text(_ format: Metric.Format) -> String {
        metrics.map { $0.text(format) }.joined() + (format == .openMetrics ? "# EOF\n" : "")
    }
}
