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

    /// The majors whose servers can speak TLS.
    ///
    /// `pg_config` would say so, and does not come with every build. A server that speaks TLS calls OpenSSL's functions by
    /// their names.
    package var tlsMajors: [Int] {
        folders.filter { Self.isMentioned("SSL_CTX_new", in: "\($0.value)/postgres") }.keys.sorted()
    }

    private static func isMentioned(_ text: String, in path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size > 0, let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            return false
        }
        defer { munmap(start, size) }
        let word = Array(text.utf8)
        var place = UnsafeRawPointer(start)
        var left = size
        while left >= word.count, let found = memchr(place, Int32(word[0]), left) {
            left -= place.distance(to: UnsafeRawPointer(found))
            place = UnsafeRawPointer(found)
            if left >= word.count, memcmp(place, word, word.count) == 0 { return true }
            place += 1
            left -= 1
        }
        return false
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
