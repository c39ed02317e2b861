import Dashboard
import Serving
import Testing

/// What clients do wrong is told once, however often they do it.
@Suite struct ClientTroubleTests {
    @Test func `each kind is told once, and after an hour with how often it was`() {
        let troubles = ClientTroubles()
        let start = ContinuousClock.now
        let first = troubles.note(.wrongToken, from: "10.0.0.7", at: start)
        #expect(first?.contains("10.0.0.7, named a wrong token (401)") == true)
        for second in 1...50 {
            #expect(troubles.note(.wrongToken, from: "10.0.0.8", at: start + .seconds(second)) == nil)
        }
        #expect(troubles.note(.body, from: "10.0.0.7", at: start)?.contains("(413)") == true)
        let later = troubles.note(.wrongToken, from: "10.0.0.9", at: start + .seconds(3600))
        #expect(later?.contains("10.0.0.9") == true && later?.contains("51 times") == true)
        #expect(troubles.note(.wrongToken, from: "10.0.0.9", at: start + .seconds(3601)) == nil)
    }

    @Test func `who comes to a page without a token, or to one that is not there, means well`() {
        let refused = WebResponse.plain(401, "a token is needed")
        #expect(ClientTrouble(refused, to: WebRequest("/")) == nil)
        #expect(ClientTrouble(refused, to: WebRequest("/", cookie: "pgsteer=old")) == nil)
        #expect(ClientTrouble(.plain(404, ""), to: WebRequest("/favicon.ico")) == nil)
        #expect(ClientTrouble(.plain(503, ""), to: WebRequest("/readyz")) == nil)
        #expect(ClientTrouble(refused, to: WebRequest("/?token=guess")) == .wrongToken)
        #expect(ClientTrouble(refused, to: WebRequest("/", authorization: "Bearer guess")) == .wrongToken)
        #expect(ClientTrouble(.plain(421, ""), to: WebRequest("/", host: "evil.example")) == .foreignName)
    }
}
