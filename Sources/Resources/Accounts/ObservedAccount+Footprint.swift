import FleetModel
package import SQL

extension ObservedAccount.Footprint {
    /// What a role owns in the session's database, what of others depends on it, and what names it and goes with it.
    ///
    /// Follows `pg_depend` as DROP does (PostgreSQL manual, section 5.15 "Dependency Tracking" and table 52.18): what depends
    /// in the normal way keeps a thing from being dropped, in any other way it goes along. What is a part of a thing, such as the rule of
    /// a view, stands for the whole.
    package static func observation(of role: String) -> Statement {
        """
        WITH RECURSIVE owned (classid, objid) AS (
            SELECT DISTINCT s.classid, s.objid FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
                JOIN pg_database b ON b.oid = s.dbid
            WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = \(literal: role)
                AND b.datname = current_database()
                AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
        ), gone (classid, objid, is_normal) AS (
            SELECT classid, objid, false FROM owned
            UNION SELECT coalesce(i.refclassid, d.classid), coalesce(i.refobjid, d.objid), d.deptype = 'n'
                FROM gone g JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.objid
                LEFT JOIN pg_depend i ON i.classid = d.classid AND i.objid = d.objid AND i.objsubid = d.objsubid
                    AND i.deptype = 'i' AND d.deptype <> 'i'
        ), dependent (classid, objid) AS (
            SELECT classid, objid FROM gone GROUP BY 1, 2 HAVING bool_and(is_normal)
            EXCEPT SELECT classid, objid FROM owned
        )
        SELECT 'owned' AS relation, pg_describe_object(classid, objid, 0) AS thing, NULL AS owner FROM owned
        UNION ALL SELECT 'dependent', pg_describe_object(d.classid, d.objid, 0), (SELECT r.rolname FROM pg_shdepend s
                JOIN pg_roles r ON r.oid = s.refobjid JOIN pg_database b ON b.oid = s.dbid
            WHERE s.classid = d.classid AND s.objid = d.objid AND s.deptype = 'o' AND b.datname = current_database()
            LIMIT 1)
        FROM dependent d
        UNION ALL SELECT 'bound', CASE WHEN cardinality(p.polroles) > 1 THEN 'its place in ' ELSE '' END
                || pg_describe_object(s.classid, s.objid, 0), NULL
            FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid JOIN pg_database b ON b.oid = s.dbid
            LEFT JOIN pg_policy p ON s.classid = 'pg_policy'::regclass AND p.oid = s.objid
            WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = \(literal: role) AND b.datname = current_database()
                AND (s.deptype = 'r' OR s.classid = 'pg_user_mapping'::regclass)
        ORDER BY 1, 2
        """
    }

    /// - Parameters:
    ///   - rows: Those of ``observation(of:)``.
    ///   - losses: What others lose with the role, in words.
    package init(in database: String, _ rows: [Row], losses: [String]) {
        self.init(database: database)
        for row in rows {
            let thing = row.text("thing")
            switch row.text("relation") {
            case "owned": owned.add(thing)
            case "bound": bound.add(thing)
            default: dependents.add(thing + (row["owner"].map { " of \($0)" } ?? ""))
            }
        }
        passedOn = Things(losses)
    }
}

extension ObservedAccount.Footprint.Things {
    /// `table public.a, view public.b and 3 more`
    package var words: String {
        names.joined(separator: ", ") + (count > names.count ? " and \(count - names.count) more" : "")
    }
}
