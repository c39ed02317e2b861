/// The folders and files of one home; knows names, does nothing.
package struct LocalHome: Hashable, Sendable {
    /// An absolute path without a slash at its end.
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    package var history: String { path + "/history.sqlite" }
    package var lock: String { path + "/lock" }
    package var gateway: String { path + "/gateway" }
    package var instances: String { path + "/instances" }
    /// What the reconcile loop and the commands that speak with it keep.
    package var loop: LoopFolder { LoopFolder(path: path + "/loop") }
    /// Mirrors of repositories with specifications, and commits that were checked out.
    package var git: String { path + "/git" }
    /// Base backups and archived logs, apart from the instances: they stay when an instance goes.
    package var backups: String { path + "/backups" }
    /// Scratch servers on which restores are tried.
    var drills: String { path + "/drills" }

    func folder(of instance: String) -> InstanceFolder { InstanceFolder(path: "\(instances)/\(instance)") }
}

/// The folders and files of one instance.
struct InstanceFolder: Hashable, Sendable {
    let path: String

    var record: String { path + "/instance.json" }
    /// Where its endpoints lead, when that is not the instance itself.
    var endpoint: String { path + "/endpoint.json" }
    /// Unix sockets.
    var sockets: String { path + "/run" }
    var nodes: String { path + "/nodes" }
    func node(_ number: Int) -> NodeFolder { NodeFolder(path: "\(nodes)/\(number)") }
}

/// The folders and files of one server.
struct NodeFolder: Hashable, Sendable {
    let path: String
    /// The name of the folder of data; another one while it is being made.
    var dataName = "data"

    var data: String { "\(path)/\(dataName)" }
    /// Whether any folder beside or at the place of its data has data of a server, such as one that somebody put aside.
    var holdsData: Bool { LocalFiles.names(in: path).contains { LocalFiles.exists("\(path)/\($0)/PG_VERSION") } }
    var logs: String { path + "/log" }
    var log: String { logs + "/server.log" }
    /// The file with the parameters of the specifications, and the one that worked before it.
    var configuration: String { data + "/conf.d/pgsteer.conf" }
    var previousConfiguration: String { data + "/conf.d/pgsteer.conf.previous" }
    /// The file with what makes it a node of its instance; read before the other one, which wins.
    var nodeConfiguration: String { data + "/conf.d/pgsteer-node.conf" }
    /// Whether there is a folder for these files. Data that is half made or half removed may have none: it is made anew
    /// when its node is repaired.
    var takesConfiguration: Bool { LocalFiles.exists(configurations) }
    var configurations: String { data + "/conf.d" }
    /// Makes a server start as a standby; it takes the file away when it takes over.
    var standbySignal: String { data + "/standby.signal" }
    /// There while the data is being made equal to another node's; when it stays, the data is of no use.
    var unfinishedRewind: String { path + "/rewinding" }
    /// Lets a standby that takes over read what the dead primary wrote last.
    var takeoverConfiguration: String { data + "/conf.d/takeover.conf" }
    /// What a standby needs of its primary's parameters to start at all; read last of all.
    var standbyConfiguration: String { data + "/conf.d/standby.conf" }
    /// Says up to where a log is replayed while an instance is being restored.
    var restoreConfiguration: String { data + "/conf.d/restore.conf" }
    /// What the folder of data that is still being made starts with.
    static let unfinishedPrefix = "data.new-"
}
