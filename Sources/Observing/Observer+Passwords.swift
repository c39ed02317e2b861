package import FleetModel
import PostgresClient
package import Resources
import SpecSchema

extension Observer {
    /// Tries passwords by logging in, where what the server stores for them cannot be read.
    func probePasswords(_ desired: DesiredFleet, _ instance: String, _ server: inout ObservedServer) async {
        for object in desired.objects(of: instance) {
            guard let account = object as? Account, let observed = server.observed(account) else { continue }
            let probed = await probed(observed, of: account, secrets: desired.secrets)
            server.objects[Account.kind]?[account.id] = probed
        }
    }

    /// Returns an account with what logging in with the desired password showed, where that is all there is to go by.
    package func probed<Object: ServerObject>(
        _ observed: Object.Observed,
        of object: Object,
        secrets: [SecretReference: Secret]
    ) async -> Object.Observed {
        guard let account = object as? Account, var role = observed as? ObservedAccount, !role.isVerifierKnown,
            role.login, let password = account.password, let secret = secrets[password.value]
        else { return observed }
        role.probe = await probe(account.name, secret, on: account.instance)
        return role as? Object.Observed ?? observed
    }

    /// Nil when the login does not tell of the password: it failed for another reason, such as a password that is no longer
    /// valid, or the server let the role in without asking for it.
    private func probe(_ role: String, _ secret: Secret, on instance: String) async -> ObservedAccount.Probe? {
        guard var target = try? await administrationTarget(of: instance) else { return nil }
        target.user = role
        target.password = secret.revealed
        do throws(PostgresError) {
            let connection = try await PostgresConnection.open(target)
            let hasAsked = await connection.hasUsedPassword
            await connection.close()
            return hasAsked ? .accepted : nil
        } catch {
            return error.message.contains("password authentication failed") ? .refused : nil
        }
    }
}
