import Dashboard
import Reconciliation
import Testing

/// Who may read, and that nothing can be done but reading.
@Suite struct AccessTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    @Test(arguments: ["localhost", "localhost:7432", "127.0.0.1:7432", "127.5.5.5", "[::1]:7432", "LOCALHOST"])
    func `without a token the host's own names may be used`(host: String) {
        #expect(Fixture.answer(WebRequest("/", host: host)).status == 200)
    }

    @Test(arguments: ["evil.example", "evil.example:7432", "127.0.0.1.evil.example", "10.0.0.1", "", "127.0.0.evil"])
    func `a name that somebody else let mean this host is refused`(host: String) {
        for path in ["/", "/api/v1/fleet", "/metrics", "/stream", "/style.css"] {
            #expect(Fixture.answer(WebRequest(path, host: host)).status == 421)
        }
    }

    @Test func `with a token nothing is told to those who do not know it`() {
        let wrong: [WebRequest] = [
            WebRequest("/"), WebRequest("/", authorization: "Bearer wrong"), WebRequest("/", authorization: Self.token),
            WebRequest("/?token=wrong"), WebRequest("/?token="), WebRequest("/", cookie: "pgsteer=\(Self.token)"),
            WebRequest("/metrics", authorization: "Basic \(Self.token)"), WebRequest("/api/v1/fleet"),
            WebRequest("/stream"),
        ]
        for request in wrong {
            let answer = Fixture.answer(request, token: Self.token)
            #expect(answer.status == 401)
            #expect(answer.headers["www-authenticate"] != nil && !answer.text.contains("orders"))
        }
    }

    @Test func `with a token those who know it may use any name`() {
        let request = WebRequest("/metrics", host: "db.example", authorization: "bearer \(Self.token)")
        #expect(Fixture.answer(request, token: Self.token).status == 200)
    }

    @Test func `a browser changes a token in the address for a cookie that does not tell it`() throws {
        let answer = Fixture.answer(WebRequest("/instances/orders?token=\(Self.token)"), token: Self.token)
        #expect(answer.status == 303 && answer.headers["location"] == "/instances/orders")
        let cookie = try #require(answer.headers["set-cookie"])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(Self.token))
        let pair = String(cookie.prefix { $0 != ";" })
        #expect(Fixture.answer(WebRequest("/", cookie: "a=b; \(pair)"), token: Self.token).status == 200)
        #expect(Fixture.answer(WebRequest("/", cookie: pair), token: Self.token + "x").status == 401)
        // Not a way to anybody else's page.
        #expect(
            Fixture.answer(WebRequest("//evil.example/?token=\(Self.token)"), token: Self.token).headers["location"]
                == "/"
        )
    }

    @Test func `whoever watches the program needs no token to ask whether it lives`() {
        #expect(Fixture.answer(WebRequest("/livez", host: "any"), token: Self.token).text == "ok\n")
        #expect(Fixture.answer(WebRequest("/readyz", host: "any"), token: Self.token).status == 503)
        var facts = Fixture.facts()
        facts.loop["orders"]?.lastLook = Fixture.now
        #expect(Fixture.answer(WebRequest("/readyz"), facts).status == 200)
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    func `nothing but reading is understood`(method: String) {
        for path in ["/", "/plan", "/api/v1/plan", "/metrics", "/livez"] {
            let answer = Fixture.answer(WebRequest(path, method: method))
            #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
        }
    }

    @Test func `every answer forbids scripts of others, frames and storing`() {
        for path in ["/", "/nosuch", "/style.css", "/live.js", "/api/v1/fleet", "/metrics", "/livez", "/%ff"] {
            let headers = Fixture.answer(WebRequest(path)).headers
            let policy = headers["content-security-policy"] ?? ""
            #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
            #expect(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
            #expect(headers["x-content-type-options"] == "nosniff" && headers["cache-control"] == "no-store")
        }
    }

    @Test func `paths are read as they are written`() {
        #expect(WebRequest("/a%2Fb/c?x=1").parts == ["a/b", "c"])
        #expect(WebRequest("/%zz").parts == nil && WebRequest("/%ff").parts == nil && WebRequest("/%4").parts == nil)
        #expect(Fixture.answer(WebRequest("/%ff")).status == 400)
        #expect(WebRequest("/?token=a%20b&token=c").parameter("token") == "a b")
    }

    @Test func `addresses to listen on`() {
        #expect(ListenAddress("127.0.0.1:7432")?.isLoopback == true)
        #expect(ListenAddress("[::1]:0")?.description == "[::1]:0")
        #expect(ListenAddress("0.0.0.0:7432")?.isLoopback == false)
        #expect(ListenAddress("127.0.0.1.example:80")?.isLoopback == false)
        for wrong in ["7432", ":7432", "localhost", "localhost:70000", "::1:7432", "localhost:x", "[]:1"] {
            #expect(ListenAddress(wrong) == nil, "\(wrong)")
        }
    }
}
