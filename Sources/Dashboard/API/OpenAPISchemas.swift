import FleetModel
import SpecSchema

/// The shapes of the answers. A key with a question mark may be missing.
enum OpenAPISchemas {
    static let all: [String: JSONValue] = lists.merging(objects) { first, _ in first }

    private static let text: JSONValue = .object(["type": "string"])
    private static let time: JSONValue = .object(["type": "string", "format": "date-time"])
    private static let integer: JSONValue = .object(["type": "integer"])
    private static let number: JSONValue = .object(["type": "number"])
    private static let boolean: JSONValue = .object(["type": "boolean"])
    private static let texts = list(text)
    private static let map: JSONValue = .object(["type": "object", "additionalProperties": text])

    private static func list(_ items: JSONValue) -> JSONValue { .object(["type": "array", "items": items]) }
    private static func reference(_ name: String) -> JSONValue {
        .object(["$ref": .string("#/components/schemas/\(name)")])
    }

    private static func oneOf(_ values: [String]) -> JSONValue {
        .object(["type": "string", "enum": .array(values.map { .string($0) })])
    }

    private static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        var required: [JSONValue] = []
        for (key, schema) in members {
            let name = key.hasSuffix("?") ? String(key.dropLast()) : key
            properties[name] = schema
            if name == key { required.append(.string(name)) }
        }
        return .object([
            "type": "object", "properties": .object(properties), "required": .array(required),
            "additionalProperties": false,
        ])
    }

    private static let lists = Dictionary(
        uniqueKeysWithValues: [
            ("InstanceList", "Instance"), ("PlanList", "InstancePlan"), ("EventList", "Event"),
            ("HistoryList", "HistoryEntry"), ("MigrationList", "Migration"),
        ]
        .map { name, item in (name, object(["formatVersion": text, "items": list(reference(item))])) }
    )

    private static let objects: [String: JSONValue] = [
        "Error": object(["formatVersion": text, "error": text]),
        "Fleet": object([
            "formatVersion": text, "time": time, "isReady": boolean, "process": integer, "started": time,
            "intervalSeconds": number, "isObserveOnly": boolean, "pause?": text, "specDigest?": text, "commit?": text,
            "git?": reference("Git"), "specProblem?": text, "counts": reference("Counts"),
            "undeclared": list(reference("UndeclaredInstance")),
        ]),
        "UndeclaredInstance": object(["name": text, "condition": reference("Condition")]),
        "Git": object([
            "remote": text, "reference": text, "path": text, "answered?": time, "unreachableSince?": time,
            "problem?": text, "newest?": text, "awaitsConsent?": text,
        ]),
        "Counts": object([
            "instances": integer, "ready": integer, "reconciling": integer, "stalled": integer,
            "pendingActions": integer, "driftedAttributes": integer,
        ]),
        "Instance": object([
            "name": text, "state": text, "isReady": boolean, "problem?": text, "id": text, "version": text,
            "project?": text, "tags": map, "availability": text, "endpoints": list(reference("Endpoint")),
            "nodes": list(reference("Node")), "conditions": list(reference("Condition")), "lastLook?": time,
            "nextLook?": time, "pendingActions": integer, "drift": texts,
        ]),
        "Endpoint": object(["kind": text, "address": text, "port": integer, "isOpen": boolean, "leadsTo?": text]),
        "Node": object([
            "number": integer, "role": oneOf(["primary", "standby", "replica"]), "zone?": text, "group?": text,
            "isRunning": boolean, "problem?": text, "following?": text, "isSynchronous?": boolean,
            "lagBytes?": integer, "lagSeconds?": number, "waitingParameters": texts,
        ]),
        "Condition": object([
            "type": oneOf(["Ready", "Reconciling", "Stalled", "BackedUp", "Declared"]), "isTrue": boolean,
            "reason": text,
            "message": text,
            "since": time,
        ]),
        "InstanceDocument": object([
            "formatVersion": text, "instance": reference("Instance"), "charset": text, "size": map,
            "isProtected": boolean, "figures": list(reference("NodeFigures")),
            "parameters": list(reference("Parameter")), "accounts": list(reference("Account")),
            "databases": list(reference("Database")), "backups?": reference("Backups"),
            "slowStatements": list(reference("SlowStatement")), "slowThreshold?": text,
            "plan?": reference("InstancePlan"),
        ]),
        "Parameter": object([
            "name": text, "value": text, "waiting?": text, "isPendingRestart": boolean, "setBy": text, "origin?": text,
        ]),
        "Account": object([
            "name": text, "mayLogIn": boolean, "memberships": texts, "remark?": text, "sessions": integer,
            "validUntil?": text, "isManaged": boolean,
        ]),
        "Database": object(["name": text, "owner": text, "remark?": text, "isManaged": boolean]),
        "Backups": object([
            "schedule?": text, "keep?": text, "drillSchedule?": text, "nextDue?": time, "nextDrill?": time,
            "lastGood?": time, "lastFailed?": time,
            "drill?": object([
                "time": time, "backup": text, "files": integer, "restoreSeconds?": number, "checkSeconds?": number,
                "databases?": integer, "lostSeconds?": integer, "problem?": text,
            ]),
            "backups": list(
                object([
                    "id": text, "started": time, "ended": time, "dataBytes": integer, "bytes": integer,
                    "checked?": time, "problem?": text,
                ])
            ),
            "count": integer, "archivedFiles": integer, "archivedBytes": integer, "lastArchived?": time,
            "standstill?": text, "missingFiles": integer, "firstMissing?": text,
            "restorable": list(object(["from": time, "until?": time])),
        ]),
        "SlowStatement": object([
            "statement": text, "calls": integer, "totalMilliseconds": number, "meanMilliseconds": number,
            "worstMilliseconds": number, "worstTime?": time, "databases": texts,
        ]),
        "NodeFigures": object([
            "number": integer, "figures?": reference("Figures"), "rates?": reference("Rates"),
            "samples": list(reference("Sample")),
        ]),
        "Figures": object([
            "time": number, "started": number, "isStandby": boolean,
            "sessions": object([
                "used": integer, "allowed": integer, "active": integer, "idleInTransaction": integer,
                "waiting": integer,
            ]),
            "counters": object([
                "commits": integer, "rollbacks": integer, "blocksHit": integer, "blocksRead": integer,
                "walBytes": integer, "deadlocks": integer, "temporaryFiles": integer, "temporaryBytes": integer,
                "checkpointsTimed": integer, "checkpointsRequested": integer,
                "statements?": object(["calls": integer, "totalMilliseconds": number]),
            ]),
            "oldestTransactionSeconds?": number,
            "followers": list(object(["name": text, "state": text, "lagBytes?": integer, "lagSeconds?": number])),
            "storage": object(["databaseBytes": integer, "walBytes": integer, "allowedBytes?": integer]),
            "deadRows": integer, "liveRows": integer,
        ]),
        "Rates": object([
            "seconds": number, "transactionsPerSecond": number, "walBytesPerSecond": number, "cacheHitShare?": number,
            "statementMilliseconds?": number, "statementsPerSecond?": number,
        ]),
        "Sample": object([
            "time": number, "connections": integer, "transactionsPerSecond?": number, "cacheHitShare?": number,
            "walBytesPerSecond?": number, "sizeBytes": integer,
        ]),
        "InstancePlan": object([
            "instance": text, "summary": reference("PlanSummary"), "changes": list(reference("Change")),
            "actions": list(reference("Action")), "disruptions": list(reference("Disruption")),
        ]),
        "PlanSummary": object([
            "create": integer, "update": integer, "delete": integer, "retain": integer, "impact": reference("Impact"),
        ]),
        "Impact": oneOf(Impact.allCases.map(\.rawValue)),
        "Place": object(["file": text, "line": integer, "column": integer]),
        "Change": object([
            "resource": text, "operation": oneOf(Change.Operation.allCases.map(\.rawValue)), "reason": text,
            "impact": reference("Impact"), "source?": reference("Place"),
            "differences": list(reference("Difference")), "note?": text,
        ]),
        "Difference": object([
            "path": text, "observed?": text, "desired?": text, "impact": reference("Impact"),
            "source?": reference("Place"), "isPendingRestart?": boolean,
        ]),
        "Action": object([
            "id": text, "resource": text, "operation": oneOf(Action.Operation.allCases.map(\.rawValue)),
            "summary": text, "reason": text, "impact": reference("Impact"), "prerequisites": texts,
            "source?": reference("Place"),
        ]),
        "Disruption": object([
            "instance": text, "sessions": list(reference("SessionCount")),
            "replication": list(reference("SessionCount")),
            "preparedTransactions?": list(reference("PreparedTransaction")),
            "pendingParameters?": list(reference("PendingParameter")),
        ]),
        "SessionCount": object([
            "database": text, "user": text, "application": text, "count": integer, "openTransactions?": integer,
            "longestTransactionSeconds?": number,
        ]),
        "PreparedTransaction": object(["name": text, "database": text, "user": text, "seconds": number]),
        "PendingParameter": object(["name": text, "observed": text, "pending?": text]),
        "Event": object([
            "time": time, "level": oneOf(["info", "warning", "error"]), "kind": text, "instance?": text,
            "message": text, "commit?": text,
        ]),
        "HistoryEntry": object([
            "run": text, "verb": text, "user": text, "commit?": text, "instance": text, "resource": text,
            "summary": text, "impact": text, "status": text, "message?": text, "started": time, "seconds": number,
        ]),
        "Migration": object([
            "name": text, "source": text, "target": text, "type": text, "stage?": text, "waitsFor?": text,
            "started?": time, "since?": time, "message?": text, "isWorkedOn": boolean,
            "progress?": object([
                "activity": text, "tables": integer, "tablesDone": integer, "bytes": integer, "bytesDone": integer,
                "rowsDone": integer, "running": texts,
                "runningTables": list(
                    object(["name": text, "bytes": integer, "movedBytes": integer, "rows": integer])
                ), "bytesPerSecond?": number, "remainingSeconds?": number,
            ]),
            "lagBytes?": integer, "lagSeconds?": number, "problem?": text, "verification?": text,
            "isVerified?": boolean, "writePauseMilliseconds?": integer, "endpoint?": text, "leftovers": texts,
            "next": text,
        ]),
    ]
}
