import Providers

/// The loop's right to change the home: taken by the first instance that acts, given back when the last is done.
///
/// Instances act side by side, while other programs wait their turn; between actions the home is free for them.
actor HomeAccess {
    private let home: LocalHome
    private var users = 0
    private var taking: Task<HomeLock, any Error>?

    init(home: LocalHome) {
        self.home = home
    }

    /// Waits until the home is ours; whoever enters has to leave.
    func enter() async throws {
        users += 1
        let home = home
        // The others wait for the same attempt, and share what it gets.
        let attempt =
            taking
            ?? Task { try await HomeLock(home: home, purpose: HomeLock.loopPurpose, patience: .seconds(86_400)) }
        taking = attempt
        do {
            _ = try await attempt.value
        } catch {
            leave()
            throw error
        }
    }

    func leave() {
        users -= 1
        // The lock ends with the last one who holds it.
        if users == 0 { taking = nil }
    }
}
