import SideEffects

/// Who may use endpoints: the files with rules, and the sessions that rules or closed endpoints leave behind.
extension Gateway {
    nonisolated func accessFile(of instance: String) -> String { "\(accessFolder)/\(instance).map" }

    /// Whether the file with a route's rules says what it should; a reload would read it.
    nonisolated func hasRules(_ route: GatewayConfiguration.Route) -> Bool {
        LocalFiles.text(route.accessFile) == route.accessText
    }

    /// Writes the files with rules; before the configuration, which names them.
    func writeRules(of routes: [GatewayConfiguration.Route]) throws(ProviderError) {
        let texts = Dictionary(routes.map { ($0.accessFile, $0.accessText) }) { first, _ in first }
            .compactMapValues(\.self)
        if !texts.isEmpty { try files.makeFolder(accessFolder, mode: 0o700) }
        for (path, text) in texts.sorted(by: { $0.key < $1.key }) { try files.write(text, to: path, mode: 0o600) }
    }

    /// Removes files with rules that no route has any more, once the configuration does not name them.
    func removeRules(otherThan routes: [GatewayConfiguration.Route]) throws(ProviderError) {
        let used = Set(routes.filter { $0.access != nil }.map(\.accessFile))
        for name in LocalFiles.names(in: accessFolder) where !used.contains("\(accessFolder)/\(name)") {
            try files.remove("\(accessFolder)/\(name)")
        }
    }

    /// How many sessions there are that should not be, by instance; empty when that cannot be told.
    nonisolated func strangers(to routes: [GatewayConfiguration.Route]) -> [String: Int] {
        let sessions = GatewaySessions.all(masterSocket: masterSocket) ?? []
        return Dictionary(grouping: sessions.filter { $0.isStranger(to: routes) }, by: \.instance).mapValues(\.count)
    }

    /// Closes sessions that are not allowed any more, and returns how many there were. All others go on.
    ///
    /// - Parameter isChanged: Whether rules or endpoints have just changed: a session that was let in at the very last
    ///   moment is listed a moment later.
    func closeStrangers(
        to routes: [GatewayConfiguration.Route],
        sparing spared: Set<String>,
        isChanged: Bool
    ) async throws(ProviderError) -> Int {
        var closed: Set<GatewaySession> = []
        var quietLooks = 0
        for _ in 0..<200 {
            if let sessions = GatewaySessions.all(masterSocket: masterSocket) {
                let strangers = sessions.filter { $0.isStranger(to: routes) && !spared.contains($0.instance) }
                if strangers.isEmpty { quietLooks += 1 } else { quietLooks = 0 }
                if quietLooks == (isChanged ? 2 : 1) { return closed.count }
                if !strangers.isEmpty { close(strangers) }
                closed.formUnion(strangers)
            }
            try? await Task.sleep(for: .milliseconds(25))
        }
        throw ProviderError(
            "the gateway still has sessions that are not allowed any more, or does not tell its sessions",
            help: "run it again"
        )
    }

    private func close(_ sessions: [GatewaySession]) {
        files.effects.willPerform("close \(sessions.count) sessions that are not allowed any more")
        for session in sessions { GatewaySessions.close(session, masterSocket: masterSocket) }
    }
}
