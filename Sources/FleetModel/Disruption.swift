extension Plan {
    /// What restarting an instance closes, and what it leaves, as far as it was there when it was looked at.
    package struct Disruption: Codable, Hashable, Sendable {
        /// Sessions that are alike.
        package struct Sessions: Codable, Hashable, Sendable {
            package var database: String
            package var user: String
            package var application: String
            package var count: Int
            /// How many of them are in a transaction, which is rolled back; nil for none.
            package var openTransactions: Int?
            /// Seconds since the longest of these transactions began; nil for none.
            package var longestTransactionSeconds: Double?

            package init(
                database: String,
                user: String,
                application: String,
                count: Int,
                openTransactions: Int? = nil,
                longestTransactionSeconds: Double? = nil
            ) {
                self.database = database
                self.user = user
                self.application = application
                self.count = count
                self.openTransactions = openTransactions
                self.longestTransactionSeconds = longestTransactionSeconds
            }
        }

        /// A transaction that is prepared for a two-phase commit: a restart leaves it as it is, with its locks.
        package struct PreparedTransaction: Codable, Hashable, Sendable {
            package var name: String
            package var database: String
            package var user: String
            /// Seconds since it was prepared.
            package var seconds: Double

            package init(name: String, database: String, user: String, seconds: Double) {
                self.name = name
                self.database = database
                self.user = user
                self.seconds = seconds
            }
        }

        /// A parameter that waits for a restart and that the plan does not set: the restart brings it into force as well.
        package struct PendingParameter: Codable, Hashable, Sendable {
            package var name: String
            package var observed: String
            /// What it becomes, as it is written in the server's files; nil where nobody may read them.
            package var pending: String?

            package init(name: String, observed: String, pending: String?) {
                self.name = name
                self.observed = observed
                self.pending = pending
            }
        }

        package var instance: String
        package var sessions: [Sessions]
        package var replication: [Sessions]
        /// Nil for none.
        package var preparedTransactions: [PreparedTransaction]?
        /// Nil for none.
        package var pendingParameters: [PendingParameter]?

        package init(
            instance: String,
            sessions: [Sessions],
            replication: [Sessions],
            preparedTransactions: [PreparedTransaction]? = nil,
            pendingParameters: [PendingParameter]? = nil
        ) {
            self.instance = instance
            self.sessions = sessions
            self.replication = replication
            self.preparedTransactions = preparedTransactions
            self.pendingParameters = pendingParameters
        }
    }
}
