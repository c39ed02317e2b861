import Glibc

/// The PostgreSQL versions that tests can use here: Debian's, and those that `scripts/fetch-postgres` fetched.
package enum PostgresInstallations {
    /// The folders with server programs, by major.
    package static let folders: [Int: String] = {
        var folders: [Int: String] = [:]
        for major in [15, 16, 17, 18] {
            let candidates = ["\(root)/.postgres/\(major)/bin", "/usr/lib/postgresql/\(major)/bin"]
            folders[major] = candidates.last { access("\($0)/postgres", X_OK) == 0 }
        }
        return folders
    }()

    package static var majors: [Int] { folders.keys.sorted() }

    /// The folder of the package: `Sources/TestSupport` is two below it.
    package static let root: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()
}
