package import Backups
package import SQL

extension ObservedArchiver {
    package static let observation: Statement = """
        SELECT extract(epoch FROM a.last_archived_time)::bigint AS archived,
            extract(epoch FROM a.last_failed_time)::bigint AS failed, a.last_failed_wal AS segment,
            w.waiting, w.since
        FROM pg_catalog.pg_stat_archiver a,
            (SELECT count(*) AS waiting, extract(epoch FROM min(modification))::bigint AS since
            FROM pg_catalog.pg_ls_archive_statusdir() WHERE name LIKE '%.ready') w
        """

    package init(_ row: Row) {
        self.init(
            lastArchived: row.integer("archived"),
            lastFailed: row.integer("failed"),
            failedSegment: row["segment"],
            waiting: row.integer("waiting") ?? 0,
            waitingSince: row.integer("since")
        )
    }
}
