import FleetModel
import PostgresClient
import Resources
import SpecSchema

extension Observer {
    /// Tries passwords by logging in, where what the server stores for them cannot be read.
    func probePasswords(_ desired: DesiredFleet, _ instance: String, _ server: inout ObservedServer) async {
        for object in desired.objects(of: instance) {
            guard let account = object as? Account, var observed = server.observed(account), !observed.isVerifierKnown,
                observed.login, let password = account.password, let secret = desired.secrets[password.value]
            else { continue }
            observed.probe = await probe(account.name, secret, on: instance)
            server.objects[Account.kind]?[account.id] = observed
        }
    }

    /// Nil when the login failed for another reason than the password: 28P01 alone speaks of that.
    private func probe(_ role: String, _ secret: Secret, on instance: String) async -> ObservedAccount.Probe? {
        guard var target = try? await administrationTarget(of: instance) else { return nil }
        target.user = role
        target.password = secret.revealed
        do throws(PostgresError) {
            let connection = try await PostgresConnection.open(target)
            await connection.close()
            return .accepted
        } catch {
            return error.message.contains("password authentication failed") ? .refused : nil
        }
    }
}
