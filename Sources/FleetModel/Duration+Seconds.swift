extension Duration {
    /// In seconds, with their parts.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
