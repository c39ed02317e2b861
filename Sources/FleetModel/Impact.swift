/// What a change does to those who use the instance, from nothing to most.
package enum Impact: String, Codable, Sendable, Hashable, CaseIterable, Comparable {
    /// Nobody notices.
    case none
    /// The server reads its configuration again; sessions go on.
    case reload
    /// The server stops and starts; every session is closed.
    case restart
    /// The standby takes over; every session is closed.
    case switchover
    /// The data is deleted or made anew.
    case rebuild

    package static func < (left: Impact, right: Impact) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
