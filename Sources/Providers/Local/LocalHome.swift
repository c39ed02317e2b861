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

    func folder(of instance: String) -> InstanceFolder { InstanceFolder(path: "\(instances)/\(instance)") }
}

/// The folders and files of one instance.
struct InstanceFolder: Hashable, Sendable {
    let path: String

    var record: String { path + "/instance.json" }
    /// Unix sockets.
    var sockets: String { path + "/run" }
    var nodes: String { path + "/nodes" }
    func node(_ number: Int) -> NodeFolder { NodeFolder(path: "\(nodes)/\(number)") }
}

/// The folders and files of one server.
struct NodeFolder: Hashable, Sendable {
    let path: String

    var data: String { path + "/data" }
    var logs: String { path + "/log" }
    var log: String { logs + "/server.log" }
    /// Our own configuration file, and the one that worked before it.
    var configuration: String { data + "/conf.d/pgsteer.conf" }
    var previousConfiguration: String { data + "/conf.d/pgsteer.conf.previous" }
    /// What the folder of data that is still being made starts with.
    static let unfinishedPrefix = "data.new-"
}
