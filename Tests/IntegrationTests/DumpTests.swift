import PostgresClient
import SQL
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct DumpTests {
    private static let specification = """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: 15
          size: { cpu: 1, memory: 64MiB }
          accounts: [{ name: app, passwordFrom: { env: APP_PASSWORD } }, { name: reader }]
          databases: [{ name: shop, owner: app }, { name: copy, owner: app }, { name: once, owner: app }]
          protection: { deletion: false }
        """

    private func with(_ body: (TemporaryHome) async throws -> Void) async throws {
        try await TemporaryHome.with { home in
            try home.write(Self.specification)
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            try await home.connect("orders", database: "shop") { connection in
                for statement: Statement in [
                    "CREATE TABLE public.a (id int PRIMARY KEY, t text)",
                    "INSERT INTO public.a SELECT i, 'näme ' || i FROM generate_series(1, 1000) i",
                    "CREATE TABLE public.b (id int REFERENCES public.a)", "INSERT INTO public.b VALUES (1), (2)",
                    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$",
                    "GRANT SELECT ON public.a TO reader", "ALTER TABLE public.a OWNER TO app",
                ] { try await connection.execute(statement) }
            }
            try await body(home)
        }
    }

    private func hash(_ home: TemporaryHome, _ database: String) async throws -> String? {
        try await home.connect("orders", database: database) { connection in
            try await connection.query("SELECT md5(string_agg(a::text, '|' ORDER BY id)) AS hash FROM public.a a")
                .first?["hash"]
        }
    }

    private func empty(_ home: TemporaryHome, _ database: String) async throws {
        try await home.connect("orders", database: database) { connection in
            try await connection.execute("DROP TABLE IF EXISTS public.b, public.a; ")
            try await connection.execute("DROP FUNCTION IF EXISTS public.f()")
        }
    }

    @Test func `what was dumped is loaded to the letter, in every format, and belongs to the owner`() async throws {
        try await with { home in
            let expected = try await hash(home, "shop")
            for format in ["plain", "custom", "directory"] {
                let path = home.path + "/\(format).dump"
                let dumped = try await home.run("dump", "orders", "shop", "--to", path, "-f", format)
                #expect(dumped.isSuccess, "\(dumped.errors)")
                #expect(dumped.output.contains("data of 2 tables, UTF8"), "\(dumped.output)")
                #expect(!FileManager.default.fileExists(atPath: path + ".unfinished"))
                try await empty(home, "copy")
                let loaded = try await home.run("load", "orders", "copy", path)
                #expect(loaded.isSuccess, "\(format): \(loaded.output)\(loaded.errors)")
                #expect(try await hash(home, "copy") == expected, "\(format)")
                let owners = try await home.connect("orders", database: "copy") { connection in
                    try await connection.query(
                        "SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname IN ('a', 'b')"
                    )
                }
                #expect(owners.map { $0.text("owner") } == ["app"], "\(format)")
            }

            // By stdout and stdin.
            try await empty(home, "copy")
            let program = "\(Program.path) --home \(home.path)/home"
            let piped = try await Shell.run(
                "set -o pipefail; \(Program.path) dump orders shop -f plain --home \(home.path)/home | \(Program.path) load orders copy - --home \(home.path)/home"
            )
            #expect(piped.contains("Loaded stdin into copy of orders"), "\(program): \(piped)")
            #expect(try await hash(home, "copy") == expected)
        }
    }

    @Test func `what could not be loaded is listed, privileges apart, and one transaction is all or nothing`()
        async throws
    {
        try await with { home in
            let path = home.path + "/shop.dump"
            #expect(try await home.run("dump", "orders", "shop", "--to", path, "--with-permissions").isSuccess)
            let again = try await home.run("dump", "orders", "shop", "--to", path)
            #expect(again.code == 1)
            #expect(again.errors.contains("is there already"))

            // A table that is there already.
            try await home.connect("orders", database: "copy") {
                try await $0.execute("CREATE TABLE public.a (other int)")
            }
            let partly = try await home.run("load", "orders", "copy", path)
            #expect(partly.code == 1)
            #expect(
                partly.errors.contains("not loaded: TABLE a: relation \"a\" already exists"),
                "\(partly.errors)"
            )
            let nothing = try await home.run("load", "orders", "once", path, "--single-transaction")
            #expect(nothing.isSuccess, "\(nothing.errors)")

            // Everything again into what is full: all is undone.
            let refused = try await home.run("load", "orders", "once", path, "--single-transaction", "-o", "json")
            #expect(refused.code == 1)
            #expect(refused.output.contains("\"isComplete\" : false"), "\(refused.output)\(refused.errors)")

            // A role that is not there is no failure.
            let script = home.path + "/script.sql"
            try
                "CREATE TABLE public.s (id int);\nGRANT SELECT ON public.s TO nobody;\nINSERT INTO public.s VALUES (1);\n"
                .write(toFile: script, atomically: false, encoding: .utf8)
            let harmless = try await home.run("load", "orders", "copy", script)
            #expect(harmless.isSuccess, "\(harmless.errors)")
            #expect(harmless.errors.contains("left out: 1 owners"), "\(harmless.errors)")

            // Characters that may have no place.
            try await home.execute(
                "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0 OWNER app",
                on: "orders"
            )
            let charset = try await home.run("load", "orders", "latin", path)
            #expect(charset.code == 1)
            #expect(charset.errors.contains("UTF8"), "\(charset.errors)")
            let converted = try await home.run("load", "orders", "latin", path, "--convert")
            #expect(converted.isSuccess, "\(converted.errors)")

            let unknown = try await home.run("dump", "orders", "shup", "--to", home.path + "/x")
            #expect(unknown.code == 1)
            #expect(unknown.errors.contains("shop"))
            #expect(!FileManager.default.fileExists(atPath: home.path + "/x.unfinished"))
            let pattern = try await home.run("dump", "orders", "shop", "--to", home.path + "/x", "--table", "nosuch")
            #expect(pattern.code == 1)
            #expect(!FileManager.default.fileExists(atPath: home.path + "/x"))
        }
    }
}
