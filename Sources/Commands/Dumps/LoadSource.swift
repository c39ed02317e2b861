import Dispatch
import Glibc
import LogicalDumps
import Providers
import Synchronization

/// What is loaded: a script, an archive, a folder, or whatever comes from stdin.
final class LoadSource: Sendable {
    /// Nil for stdin.
    let path: String?
    let format: DumpFormat
    /// As the dump itself says; nil where it does not.
    let charset: String?
    /// How many bytes there are; nil for stdin.
    let totalBytes: Int?
    /// What a program reads from; nil for what it opens by its path.
    let descriptor: Int32?
    /// For stdin: the end of a pipe to write to, and what has been read already.
    private let pipe: (end: Int32, head: [UInt8])?
    private let pumped = Mutex(0)

    private static let headSize = 1 << 16

    /// - Parameter given: A path, or `-` for stdin.
    init(_ given: String) throws(ProviderError) {
        guard given != "-" else {
            let head = Self.head(of: STDIN_FILENO)
            path = nil
            format = DumpFormat(firstBytes: head)
            charset = DumpCharset.of(script: String(decoding: head, as: UTF8.self))
            totalBytes = nil
            var ends: [Int32] = [0, 0]
            guard Glibc.pipe(&ends) == 0 else { throw Self.failure("make", "a pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            descriptor = ends[0]
            pipe = (ends[1], head)
            return
        }
        path = given
        pipe = nil
        totalBytes = DumpCommand.size(of: given)
        var status = stat()
        guard stat(given, &status) == 0 else { throw Self.failure("read", given) }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let file = open(isFolder ? given + "/toc.dat" : given, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if isFolder { throw ProviderError("\(given) is a folder and no dump: it has no toc.dat") }
            throw Self.failure("read", given)
        }
        let head = Self.head(of: file)
        // The table of contents stands at the beginning of an archive, and is not compressed.
        charset = DumpCharset.of(script: String(decoding: head, as: UTF8.self))
        format = isFolder ? .directory : DumpFormat(firstBytes: head)
        if format == .plain {
            lseek(file, 0, SEEK_SET)
            descriptor = file
        } else {
            close(file)
            descriptor = nil
        }
    }

    deinit { if let descriptor { close(descriptor) } }

    /// How many bytes have been read; nil where only the program that reads knows.
    var position: Int? {
        if path == nil { return pumped.withLock { $0 } }
        // Who reads shares the place in the file with us.
        return descriptor.map { lseek($0, 0, SEEK_CUR) }
    }

    private static func head(of descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < headSize {
            let next = piece(of: descriptor, atMost: headSize - bytes.count)
            if next.isEmpty { break }
            bytes += next
        }
        return bytes
    }

    /// What can be read now; empty at the end.
    private static func piece(of descriptor: Int32, atMost limit: Int) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: limit)
        while true {
            let count = read(descriptor, &piece, limit)
            if count < 0, errno == EINTR { continue }
            return Array(piece[..<max(0, count)])
        }
    }

    /// Lets a thread write what has been read from stdin into the pipe, and then all the rest of it.
    func begin() {
        guard let pipe else { return }
        // A reader that ends early is told by its exit status.
        signal(SIGPIPE, SIG_IGN)
        DispatchQueue(label: "pgsteer.load")
            .async { [self] in
                var bytes = pipe.head
                while !bytes.isEmpty {
                    guard Self.write(bytes, to: pipe.end) else { break }
                    pumped.withLock { $0 += bytes.count }
                    bytes = Self.piece(of: STDIN_FILENO, atMost: Self.headSize)
                }
                close(pipe.end)
            }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func failure(_ verb: String, _ path: String) -> ProviderError {
        ProviderError("could not \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
