package import GRDB

/// The questions for the latest entries; each walks an index from its end, so that the answer takes the same time and memory
/// after years of history.
package enum LatestEntries {
    package static func actions(instance: String?, limit: Int) -> SQLRequest<ActionRow> {
        let condition: SQL = instance.map { "WHERE action.instance = \($0)" } ?? ""
        return """
            SELECT run.id AS run, run.verb, run.user, run.host, run.specCommit, action.resource, action.operation,
                action.summary, action.impact, action.status, action.message, action.started, action.ended
            FROM action JOIN run ON run.id = action.run
            \(condition) ORDER BY action.started DESC, action.rowid DESC LIMIT \(limit)
            """
    }

    package static func parameters(instance: String?, name: String?, limit: Int) -> SQLRequest<ParameterRow> {
        let conditions: [SQL] = [
            instance.map { "parameter.instance = \($0)" }, name.map { "parameter.name = \($0)" },
        ]
        .compactMap(\.self)
        let condition: SQL = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return """
            SELECT parameter.run, run.user, run.specCommit, parameter.instance, parameter.name, parameter.before,
                parameter.after, parameter.time, parameter.isByOthers
            FROM parameter JOIN run ON run.id = parameter.run
            \(condition) ORDER BY parameter.time DESC, parameter.rowid DESC LIMIT \(limit)
            """
    }
}
