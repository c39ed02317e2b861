import Diagnostics
import FleetModel

/// Parameters worked out from an instance's size, for an instance that has the memory to itself.
///
/// Shares follow the PostgreSQL manual, section 20.4 ("a reasonable starting value for shared_buffers is 25%") and
/// 20.7 (`effective_cache_size` estimates what the kernel caches as well).
enum SizeParameters {
    static func assignments(
        memory: ByteCount?,
        cpu: Int?,
        storage: ByteCount?,
        major: Int,
        range: SourceRange
    ) -> [ParameterAssignment] {
        var values: [(String, String)] = []
        if let memory {
            values.append(("shared_buffers", megabytes(memory.bytes / 4, atLeast: 16)))
            values.append(("effective_cache_size", megabytes(memory.bytes / 4 * 3, atLeast: 32)))
            values.append(("maintenance_work_mem", megabytes(min(memory.bytes / 16, 1 << 30), atLeast: 16)))
            values.append(("work_mem", megabytes(min(memory.bytes / 256, 64 << 20), atLeast: 4)))
        }
        if let cpu {
            values.append(("max_worker_processes", String(max(8, cpu))))
            values.append(("max_parallel_workers", String(cpu)))
        }
        if let storage {
            values.append(("max_wal_size", megabytes(min(storage.bytes / 10, 8 << 30), atLeast: 256)))
        }
        return values.map { name, value in
            ParameterAssignment(
                name: name,
                value: value,
                range: range,
                origin: .size,
                definition: ParameterCatalogue.definition(of: name, major: major)
            )
        }
    }

    private static func megabytes(_ bytes: Int, atLeast least: Int) -> String { "\(max(least, bytes >> 20))MB" }
}
