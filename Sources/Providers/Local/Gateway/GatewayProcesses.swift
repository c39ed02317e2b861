/// The processes of one HAProxy: a master, and the workers that it leads.
///
/// The pid file alone does not tell them: HAProxy removes it while its master reads a new configuration, for as long as
/// a busy machine takes for that.
struct GatewayProcesses: Sendable {
    /// What every process of ours was started with.
    let configurationPath: String
    let processFile: String

    /// What is there at one moment.
    struct Found: Hashable {
        /// Nil when none lives, or when it cannot be told which of several it is.
        var master: Int?
        /// Processes that the master does not lead: a second master, workers that lost theirs.
        var strays: [Int]
    }

    /// Looks at the processes of this machine.
    func look() -> Found {
        let all = ProcessTable.processes(mentioning: configurationPath)
        let named = namedMaster
        // A master begins a session of its own when it goes to the background; its workers stay in that session.
        let masters = all.filter { ProcessTable.session(of: $0) == $0 }
        let master = named ?? (masters.count == 1 ? masters.first : nil)
        let strays = all.filter { $0 != master && (master == nil || ProcessTable.parent(of: $0) != master) }
        return Found(master: master, strays: strays)
    }

    /// The master that the pid file names; nil when there is no file, or when it names somebody else.
    var namedMaster: Int? {
        guard let text = LocalFiles.text(processFile),
            let processID = text.split(separator: "\n").first.flatMap({ Int($0) }),
            ProcessTable.isAlive(processID),
            ProcessTable.arguments(of: processID).contains(configurationPath)
        else { return nil }
        return processID
    }

    /// The master, by its pid file or by its command line; nil when several looks in a row found none.
    ///
    /// One look is not enough: for a moment a process that becomes another program has no command line at all.
    func master() async -> Int? {
        for _ in 0..<5 {
            if let master = namedMaster ?? look().master { return master }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    /// Whether a process is one of ours.
    func includes(_ processID: Int) -> Bool { ProcessTable.arguments(of: processID).contains(configurationPath) }
}
