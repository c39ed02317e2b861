import Resources

/// The endpoint of a source that is an instance of this home: it goes along with the writes.
///
/// It is led elsewhere only when the end that takes the writes has been opened to them and the other one is closed, so that
/// never two servers that take writes are behind it. A run that was killed in between finds the sign in the journal and leads
/// it then: until that it leads to a server that takes no writes.
extension MigrationRun {
    /// Finds out whether the endpoint goes along, and remembers it; throws when it has to and cannot.
    func decideEndpoint() async throws {
        guard let mover = order.endpoint else {
            if migration.cutover.endpoint == .move { throw refusal(migration.endpointCourse(nil).reason ?? "") }
            return
        }
        let facts = try await mover.facts(order.source)
        let reason = migration.endpointCourse(facts).reason
        if let reason, migration.cutover.endpoint == .move { throw refusal(reason) }
        let course = EndpointTask(
            instance: mover.source,
            addresses: facts.addresses,
            staysBecause: reason,
            leadsTo: mover.source
        )
        guard task.endpoint != course else { return }
        try remember { $0.endpoint = course }
        if migration.cutover.endpoint != .keep { reporter.tell("endpoint: \(course.sentence)") }
    }

    private func refusal(_ reason: String) -> MigrationError {
        MigrationError(
            "the cut-over is refused: the endpoint of the source cannot lead to the target: \(reason)",
            help: "put that right, or write cutover: { endpoint: keep } and point the clients to the target yourself"
        )
    }

    /// Whether the writes take the endpoint along, in either direction.
    private var mover: EndpointMover? {
        guard let endpoint = task.endpoint, endpoint.staysBecause == nil else { return nil }
        return order.endpoint
    }

    /// Lets the gateway know the nodes of both ends before the pause, so that little is to be done in it.
    func prepareEndpoint() async throws { try await mover?.prepare(task) }

    /// Makes sure, before the writes are let in, that the endpoint can go along in no time.
    func awaitEndpoint(until deadline: ContinuousClock.Instant) async throws {
        try await mover?.awaitGateway(task, within: deadline - ContinuousClock.now)
    }

    /// Leads the endpoint to where the writes have been let in; once more is harmless.
    func leadEndpoint(_ direction: Crossing.Direction) async throws {
        guard let mover else { return }
        let isDone = direction == .forth
        do {
            try await mover.lead(task, isDone: isDone)
        } catch {
            throw MigrationError(
                "the writes have been let in at the \(direction.receiverNoun), but the endpoint could not be led there: \(error)",
                help: "put that right and go on with: pgsteer migration start \(task.name)"
            )
        }
        try remember { $0.endpoint?.leadsTo = isDone ? mover.target : mover.source }
    }

    /// Ends the move where it is: after a cut-over the endpoint stays with the target, after a rollback, or when nothing went
    /// over, with the source.
    ///
    /// Also when the endpoint is to stay by now: it may have been prepared when it was not.
    func endEndpointMove() async throws {
        guard task.endpoint != nil else { return }
        try await order.endpoint?.end(task)
    }

    /// The same for what is being undone: what cannot be done now is done by the next attempt, or by `cancel`.
    func forgetEndpointMove() async {
        do { try await endEndpointMove() } catch {
            reporter.tell("the gateway could not be told yet that the endpoint stays: \(error)")
        }
    }
}
