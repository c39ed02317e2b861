package import FleetModel
package import Resources

/// What is shown of one server of an instance.
package struct NodeFacts: Sendable {
    package var number: Int
    package var role: ObservedNode.Role
    package var zone: String?
    package var group: String?
    package var isRunning: Bool
    package var problem: String?
    /// `streaming` or `catchup`; nil when it follows nobody, and for a primary.
    package var following: String?
    package var isSynchronous: Bool?
    package var lagBytes: Int?
    package var lagSeconds: Double?
    package var waitingParameters: [String]
    /// Nil while they could not be measured.
    package var figures: ServerFigures?
    package var rates: FigureRates?
    /// What was measured before, oldest first.
    package var samples: [FigureSample]

    package init(_ node: ObservedNode) {
        number = node.number
        role = node.role
        zone = node.zone
        group = node.group
        isRunning = node.isRunning
        problem = node.problem
        following = node.following?.state
        isSynchronous = node.following?.isSynchronous
        lagBytes = node.following?.lagBytes
        waitingParameters = node.waitingParameters
        samples = []
    }
}

/// What charts show of one moment.
package struct FigureSample: Codable, Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var time: Double
    package var connections: Int
    package var transactionsPerSecond: Double?
    package var cacheHitShare: Double?
    package var walBytesPerSecond: Double?
    package var sizeBytes: Int

    package init(_ figures: ServerFigures, _ rates: FigureRates?) {
        time = figures.time
        connections = figures.sessions.used
        transactionsPerSecond = rates?.transactionsPerSecond
        cacheHitShare = rates?.cacheHitShare
        walBytesPerSecond = rates?.walBytesPerSecond
        sizeBytes = figures.storage.usedBytes
    }
}

/// The figures of one node as they were measured, one after the other; a bounded number of them.
package struct FigureSeries: Sendable {
    package private(set) var latest: ServerFigures?
    package private(set) var rates: FigureRates?
    /// Oldest first.
    package private(set) var samples: [FigureSample] = []

    /// Half an hour, measured every ten seconds.
    package static let kept = 180

    package init() {}

    /// Adds what has just been measured; rates are those since the figures before.
    package mutating func add(_ figures: ServerFigures) {
        rates = latest.flatMap { FigureRates(from: $0, to: figures) }
        latest = figures
        samples.append(FigureSample(figures, rates))
        if samples.count > Self.kept { samples.removeFirst(samples.count - Self.kept) }
    }
}

extension InstanceFacts {
    /// Adds what was measured of its nodes.
    package mutating func show(_ series: [Int: FigureSeries]) {
        for index in nodes.indices {
            guard let measured = series[nodes[index].number] else { continue }
            nodes[index].samples = measured.samples
            guard nodes[index].isRunning else { continue }
            nodes[index].figures = measured.latest
            nodes[index].rates = measured.rates
        }
        guard let primary = nodes.first(where: { $0.role == .primary }), let figures = primary.figures else { return }
        for index in nodes.indices where nodes[index].role != .primary {
            let name = ObservedNode.followerName(ofNode: nodes[index].number)
            guard let follower = figures.followers.first(where: { $0.name == name }) else { continue }
            // Newer than what the look saw.
            nodes[index].lagBytes = follower.lagBytes ?? nodes[index].lagBytes
            nodes[index].lagSeconds = follower.lagSeconds
        }
    }
}
