import Migrating
import Testing

@Suite struct StructureScriptTests {
    private static let text = """
        --
        -- PostgreSQL database dump
        --

        \\restrict abc

        SET statement_timeout = 0;
        SET transaction_timeout = 0;
        SELECT pg_catalog.set_config('search_path', '', false);

        --
        -- TOC entry 6 (class 2615 OID 16384)
        -- Name: We; Type: X; Type: SCHEMA; Schema: -; Owner: postgres
        -- Data Pos: 0
        --

        CREATE SCHEMA "We; Type: X";


        --
        -- TOC entry 3217 (class 1259 OID 16394)
        -- Dependencies: 216 6
        -- Name: i; Type: INDEX; Schema: public; Owner: postgres
        --

        CREATE INDEX i ON public.t USING btree (a);
        ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=7);

        \\unrestrict abc
        """

    @Test func `a script is cut into its entries, and what is for psql is left out`() {
        let script = StructureScript(Self.text)
        #expect(script.entries.map(\.type) == ["SCHEMA", "INDEX"])
        #expect(script.entries.map(\.number) == [6, 3217])
        #expect(script.entries.map(\.oid) == [16384, 16394])
        #expect(script.entries.map(\.dependencies) == [[], [216, 6]])
        #expect(!script.preamble.contains("restrict"))
        #expect(!StructureScript.script(script.entries).contains("restrict"))
    }

    @Test func `settings that the target does not know are left out`() {
        let preamble = StructureScript(Self.text).preamble(knowing: ["statement_timeout"])
        #expect(preamble.contains("SET statement_timeout = 0;"))
        #expect(preamble.contains("set_config"))
        #expect(!preamble.contains("transaction_timeout"))
    }

    @Test func `a schema may be there already, and versions of columns are left out`() {
        let script = StructureScript.script(StructureScript(Self.text).entries)
        #expect(script.contains("CREATE SCHEMA IF NOT EXISTS \"We; Type: X\";"))
        #expect(script.contains("CREATE INDEX i"))
        #expect(!script.contains("pg_attver"))
    }

    @Test func `what people wrote into a function stays, though it looks like a part of the script`() {
        let body = """
            CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT '
            ALTER TABLE t ALTER COLUMN c SET (pg_attver=1);
            --
            -- TOC entry 1 (class 1259 OID 1)
            -- Name: x; Type: TABLE; Schema: y; Owner: z
            \\restrict abc
            \\unrestrict other
            CREATE SCHEMA x'$$;
            """
        let text = """
            \\restrict token

            --
            -- TOC entry 3 (class 1255 OID 3)
            -- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
            --

            \(body)

            --
            -- TOC entry 4 (class 1259 OID 4)
            -- Name: t; Type: TABLE; Schema: public; Owner: postgres
            --

            CREATE TABLE public.t ();

            \\unrestrict token
            """
        let script = StructureScript.script(StructureScript(text).entries)
        #expect(script.contains(body))
        #expect(script.contains("CREATE TABLE public.t ();"))
        #expect(!script.contains("restrict token"))
    }
}
