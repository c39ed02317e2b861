import FleetModel
import Glibc
import Hashing
import PostgresClient
import SideEffects

extension LocalProvider {
    nonisolated var authority: CertificateAuthority {
        CertificateAuthority(folder: home.path + "/authority", files: files)
    }

    /// Lets the servers of an instance speak TLS, or no longer; they read their files again and are not restarted.
    ///
    /// A new certificate gets a folder of its own, which the record names only when it is complete; the old one goes when
    /// the servers have the new one.
    func secure(_ name: String, _ request: TLSRequest) async throws -> ProviderOutcome {
        let record = try record(of: name)
        if request.mode != .off, !binaries.tlsMajors.contains(record.major) {
            throw ProviderError(
                "the servers of PostgreSQL \(record.major) on this host were built without TLS",
                help: "write tls: off, or name other servers in local.binaries of the Fleet document"
            )
        }
        var tls = try await desired(name, record, request)
        let isRight = tls == record.tls && !tls.isPending && problem(withTLSOf: name, record) == nil
        if isRight || request.mode == .off && record.tls == nil && problem(withTLSOf: name, record) == nil {
            return .alreadyDone
        }
        tls.isPending = true
        try remember(tls, of: name)
        try await writeAccess(of: name)
        tls.isPending = false
        try remember(request.mode == .off ? nil : tls, of: name)
        let folder = home.folder(of: name)
        for other in LocalFiles.names(in: folder.tls) where other != tls.certificate {
            try files.remove("\(folder.tls)/\(other)")
        }
        return .performed
    }

    private func remember(_ tls: LocalTLS?, of name: String) throws(ProviderError) {
        // Read again: what waits in between lets others write.
        var record = try record(of: name)
        record.tls = tls
        try write(record, of: name)
    }

    /// Returns what is to be remembered, with a certificate that is there: the one that there is where it will do.
    private func desired(_ name: String, _ record: LocalRecord, _ request: TLSRequest) async throws -> LocalTLS {
        guard request.mode != .off else { return LocalTLS(mode: .off, isPending: false) }
        let names = certificateNames(record)
        let folder = home.folder(of: name)
        if var known = record.tls, let certificate = known.certificate, isIntact(known, in: folder) {
            let isWanted =
                request.own.map { known.isOwn && Hashing.SHA256.digest($0.chain.utf8) == known.digest }
                ?? (!known.isOwn && Set(names).isSubset(of: known.names)
                    && (known.expires ?? 0) - request.now >= ObservedTLS.renewal)
            // The key may be another one although the chain is the same.
            let isKeySame = request.own.map { LocalFiles.text(folder.key(certificate)) == $0.key.revealed } ?? true
            if isWanted, isKeySame {
                known.mode = request.mode
                return known
            }
        }
        return try await makeCertificate(for: name, names, request)
    }

    /// One process at a time makes it: two would make two, and sign with one that is not kept.
    private func prepareAuthority() async throws(ProviderError) {
        let lock = try await ShortLock(.authority, home: home)
        defer { withExtendedLifetime(lock) {} }
        try await authority.prepare()
    }

    /// Makes a folder with a certificate and its key, or takes over those that somebody brought once they were checked.
    private func makeCertificate(for name: String, _ names: [String], _ request: TLSRequest) async throws -> LocalTLS {
        if request.own == nil { try await prepareAuthority() }
        let folder = home.folder(of: name)
        let unfinished = ".new-\(UInt32.random(in: 0 ... .max))"
        for left in LocalFiles.names(in: folder.tls) where left.hasPrefix(".new-") {
            try files.remove("\(folder.tls)/\(left)")
        }
        try files.makeFolder(folder.tls, mode: 0o755)
        try files.makeFolder("\(folder.tls)/\(unfinished)", mode: 0o755)
        let (certificateFile, keyFile) = (folder.certificate(unfinished), folder.key(unfinished))
        let key: String
        if let own = request.own { key = own.key.revealed } else { key = try await authority.makeKey() }
        try files.write(key, to: keyFile, mode: 0o600, owner: serverUser)
        let chain: String
        if let own = request.own {
            chain = own.chain
        } else {
            chain = try await authority.sign(keyFile, instance: name, names: names, days: 397)
        }
        try files.write(chain, to: certificateFile, mode: 0o644, owner: serverUser)
        if request.own != nil { try await authority.check(certificateFile, keyFile, of: name) }
        let expires = try await authority.end(of: certificateFile)
        let finished = String(unfinished.dropFirst(".new-".count))
        try files.move("\(folder.tls)/\(unfinished)", to: "\(folder.tls)/\(finished)")
        return LocalTLS(
            mode: request.mode,
            certificate: finished,
            names: request.own == nil ? names : [],
            expires: expires,
            digest: Hashing.SHA256.digest(chain.utf8),
            isOwn: request.own != nil,
            isPending: true
        )
    }

    /// What clients may verify: this host's name, and every address of an endpoint.
    private func certificateNames(_ record: LocalRecord) -> [String] {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let host = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let open = record.publicEndpoint.flatMap { $0.isOpen ? $0.address : nil } ?? settings.publicAddress
        let addresses = [record.address, open].filter { !["0.0.0.0", "::"].contains($0) }
        return Set(["localhost", host] + addresses).filter { !$0.isEmpty }.sorted()
    }

    private nonisolated func isIntact(_ tls: LocalTLS, in folder: InstanceFolder) -> Bool {
        guard let name = tls.certificate, let text = LocalFiles.text(folder.certificate(name)) else { return false }
        var status = stat()
        guard stat(folder.key(name), &status) == 0 else { return false }
        let owner = serverUser?.id ?? caller.id
        return Hashing.SHA256.digest(text.utf8) == tls.digest && status.st_mode & 0o077 == 0 && status.st_uid == owner
    }

    // MARK: Servers

    /// Writes for every node how its server speaks TLS and who may log in, and lets those that run read it.
    private func writeAccess(of name: String) async throws {
        let record = try record(of: name)
        for node in record.nodes {
            let server = try server(name, record, node)
            guard server.folder.takesConfiguration else { continue }
            let configuration = configuration(of: name, record, node)
            try writeAuthentication(configuration, to: server.folder.data)
            try files.write(
                configuration.nodeFile,
                to: server.folder.nodeConfiguration,
                mode: 0o600,
                owner: serverUser
            )
            guard LocalServer.processID(in: server.folder) != nil else { continue }
            try await PostgresConnection.with(server.administration) { connection in
                files.effects.willPerform("reload the configuration")
                try await connection.reload()
            }
        }
    }

    // MARK: What is there

    nonisolated func observedTLS(of name: String, _ record: LocalRecord) -> ObservedTLS {
        var observed = ObservedTLS()
        observed.mode = record.tls?.mode ?? .off
        observed.expires = record.tls?.expires
        observed.ownDigest = record.tls.flatMap { $0.isOwn ? $0.digest : nil }
        let isOurs = record.tls.map { $0.certificate != nil && !$0.isOwn } ?? false
        observed.authorityFile = isOurs ? authority.certificate : nil
        if record.state == .ready { observed.problem = problem(withTLSOf: name, record) }
        return observed
    }

    /// Returns what is not as it was written; nil when all is.
    private nonisolated func problem(withTLSOf name: String, _ record: LocalRecord) -> String? {
        let folder = home.folder(of: name)
        if let tls = record.tls {
            if tls.isPending { return "not in force yet" }
            if !isIntact(tls, in: folder) { return "its certificate or key was changed by hand" }
            if let place = record.publicEndpoint, place.isOpen, !tls.isOwn, !["0.0.0.0", "::"].contains(place.address),
                !tls.names.contains(place.address)
            {
                return "its certificate is not for \(place.address)"
            }
        }
        for node in record.nodes {
            let data = folder.node(node.number).data
            // What cannot be read is another problem.
            guard let rules = LocalFiles.text(data + "/pg_hba.conf") else { continue }
            let configuration = configuration(of: name, record, node)
            if rules != configuration.hostBasedAuthentication {
                return "pg_hba.conf of node \(node.number) was changed by hand"
            }
            let lines = LocalFiles.text(folder.node(node.number).nodeConfiguration) ?? ""
            if !configuration.encryptionLines.allSatisfy({ lines.contains($0 + "\n") }) {
                return "the configuration of node \(node.number) was changed by hand"
            }
        }
        return nil
    }
}
