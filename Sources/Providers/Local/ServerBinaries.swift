import Glibc

/// The PostgreSQL programs that this host has, by major.
package struct ServerBinaries: Sendable {
    /// Folders with `initdb`, `postgres`, `pg_ctl`.
    package let folders: [Int: String]

    /// Looks where Debian puts them, then in the folders given, then in PATH; the first of a major wins, but for a
    /// folder that was given, which wins over Debian's.
    package static func find(in given: [String], searchPath: String) async -> ServerBinaries {
        var folders: [Int: String] = [:]
        let debian = LocalFiles.names(in: "/usr/lib/postgresql").compactMap { Int($0) }
        for major in debian {
            let folder = "/usr/lib/postgresql/\(major)/bin"
            if isServer(folder) { folders[major] = folder }
        }
        for folder in given {
            if let major = await major(of: folder) { folders[major] = folder }
        }
        for folder in searchPath.split(separator: ":").map(String.init) where isServer(folder) {
            if let major = await major(of: folder), folders[major] == nil { folders[major] = folder }
        }
        return ServerBinaries(folders: folders)
    }

    static func isServer(_ folder: String) -> Bool {
        ["postgres", "initdb", "pg_ctl"].allSatisfy { access("\(folder)/\($0)", X_OK) == 0 }
    }

    private static func major(of folder: String) async -> Int? {
        guard isServer(folder), let result = try? await ChildProcess.run("\(folder)/postgres", ["--version"]) else {
            return nil
        }
        // postgres (PostgreSQL) 17.10
        let version = result.output.split(separator: " ").first { $0.first?.isNumber ?? false }
        return version.flatMap { Int($0.prefix { $0.isNumber }) }
    }
}
