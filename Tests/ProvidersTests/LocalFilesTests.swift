import Glibc
import Providers
import SideEffects
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Files and folders that are there whole or not at all.
@Suite struct LocalFilesTests {
    @Test func `a folder has its owner from the moment that it has its name`() throws {
        let place = FileManager.default.temporaryDirectory.path + "/pgsteer-files-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let owner = SystemUser.caller
        let files = LocalFiles(effects: SideEffectCounter())
        try files.makeFolder(place + "/data", mode: 0o750, owner: owner)
        #expect(LocalFiles.names(in: place) == ["data"])
        // Somebody was killed before the folder was its owner's.
        mkdir(place + "/.more.pgsteer-new", 0o700)
        try files.makeFolder(place + "/more", mode: 0o750, owner: owner)
        #expect(LocalFiles.names(in: place) == ["data", "more"])
        let attributes = try FileManager.default.attributesOfItem(atPath: place + "/more")
        #expect(attributes[.posixPermissions] as? Int == 0o750)
        // One that is there stays as it is.
        try files.makeFolder(place + "/more", mode: 0o700, owner: owner)
        #expect(LocalFiles.names(in: place) == ["data", "more"])
    }
}
