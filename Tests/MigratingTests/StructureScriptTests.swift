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
}
