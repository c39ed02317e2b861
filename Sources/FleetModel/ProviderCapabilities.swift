/// What a provider can do; the planner refuses early what it cannot.
package struct ProviderCapabilities: Hashable, Sendable, Codable {
    package enum Feature: String, Hashable, Sendable, Codable {
        case dual
        case publicEndpoint
        case securityGroups
        case tls
        case backups
    }

    /// The provider's name, as in `Fleet.spec.provider`.
    package var provider: String
    /// The majors of PostgreSQL that it can make instances of.
    package var majors: [Int]
    package var features: Set<Feature>
    /// Those of the majors whose servers can speak TLS.
    package var tlsMajors: [Int]

    package init(provider: String, majors: [Int], features: Set<Feature>, tlsMajors: [Int] = []) {
        self.provider = provider
        self.majors = majors
        self.features = features
        self.tlsMajors = tlsMajors
    }
}
