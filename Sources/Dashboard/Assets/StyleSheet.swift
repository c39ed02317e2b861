/// The one style sheet: light and dark by the reader's own choice, cards instead of tables on a narrow screen.
enum StyleSheet {
    static let text = #"""
        :root {
          color-scheme: light dark;
          --paper: #f6f7f9; --card: #ffffff; --ink: #16202c; --quiet: #566373; --line: #dce1e8; --link: #0b5cad;
          --good: #0a6b3d; --good-paper: #e3f4ea; --warn: #7d4a00; --warn-paper: #fdf0d9; --bad: #a3181f;
          --bad-paper: #fce8e8; --idle-paper: #eceff3; --chart: #0b5cad; --chart-paper: #dfebf8;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #10151c; --card: #18202a; --ink: #e5eaf0; --quiet: #9dabbb; --line: #2b3644; --link: #7cb8f7;
            --good: #7fdba8; --good-paper: #10301f; --warn: #f3c67a; --warn-paper: #37280c; --bad: #ff9d9d;
            --bad-paper: #3d1719; --idle-paper: #242e3a; --chart: #7cb8f7; --chart-paper: #1b2f45;
          }
        }
        * { box-sizing: border-box; }
        html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        body { margin: 0; background: var(--paper); color: var(--ink); }
        a { color: var(--link); text-underline-offset: .15em; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -99em; background: var(--card); padding: .6rem 1rem; z-index: 2; }
        .skip:focus { left: 1rem; top: .5rem; }
        .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

        header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 2rem; padding: .75rem 2rem;
          background: var(--card); border-bottom: 1px solid var(--line); }
        .brand { font-weight: 700; font-size: 1.15rem; letter-spacing: -.01em; color: var(--ink); text-decoration: none; }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; list-style: none; }
        nav a { display: block; padding: .3rem .7rem; border-radius: 6px; color: var(--quiet); text-decoration: none; }
        nav a:hover { background: var(--idle-paper); color: var(--ink); }
        nav a[aria-current] { background: var(--idle-paper); color: var(--ink); font-weight: 600; }
        #live { margin: 0 0 0 auto; font-size: .85rem; color: var(--quiet); }
        #live button { font: inherit; color: var(--link); background: none; border: 1px solid var(--line); border-radius: 6px;
          padding: .15rem .6rem; margin-left: .6rem; cursor: pointer; }

        main { max-width: 80rem; margin: 0 auto; padding: 1.5rem 2rem 3rem; }
        h1 { font-size: 1.7rem; letter-spacing: -.02em; margin: .25rem 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; overflow-wrap: anywhere; }
        h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
        code, pre { font: .88em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; margin: .5rem 0 0; }
        small { display: block; font-size: .82rem; color: var(--quiet); overflow-wrap: anywhere; }
        .quiet, .none, .asof { color: var(--quiet); }
        .none { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; margin: 0; }
        .asof { font-size: .85rem; margin-top: 2.5rem; }

        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0 0 1.5rem; }
        .tile { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: .75rem 1rem; }
        .tile dd { order: -1; margin: 0; font-size: 1.7rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .tile dt { color: var(--quiet); font-size: .85rem; }
        .tile.good dd { color: var(--good); } .tile.warn dd { color: var(--warn); } .tile.bad dd { color: var(--bad); }

        .badge { display: inline-block; max-width: 100%; padding: .05rem .55rem; border-radius: 99px; font-size: .82rem; font-weight: 600;
          background: var(--idle-paper); color: var(--ink); }
        .good.badge { background: var(--good-paper); color: var(--good); }
        .warn.badge { background: var(--warn-paper); color: var(--warn); }
        .bad.badge { background: var(--bad-paper); color: var(--bad); }
        .whole { white-space: nowrap; }
        .node.down { color: var(--bad); font-weight: 600; }

        .table { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        caption:not(.heard) { text-align: left; padding: .75rem 1rem 0; font-weight: 600; }
        th, td { text-align: left; vertical-align: top; padding: .6rem 1rem; font-variant-numeric: tabular-nums; }
        thead th { font-size: .8rem; font-weight: 600; color: var(--quiet); white-space: nowrap; }
        tbody tr { border-top: 1px solid var(--line); }
        tbody th { font-weight: 600; overflow-wrap: anywhere; }
        @media (min-width: 60rem) { tbody th code:not(.statement) { white-space: nowrap; } .statement { display: block; min-width: 20rem; } }
        tbody th small { font-weight: 400; }

        .properties { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .9rem 1.5rem;
          margin: 1rem 0 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; }
        .properties dt { color: var(--quiet); font-size: .82rem; }
        .properties dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        .conditions, .events { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; }
        .conditions li, .events li { padding: .55rem 1rem; overflow-wrap: anywhere; }
        .conditions li + li, .events li + li { border-top: 1px solid var(--line); }
        .conditions small { display: inline; }
        .events { font-size: .92rem; }
        .events li { display: flex; gap: 1rem; }
        .events time { color: var(--quiet); white-space: nowrap; font-variant-numeric: tabular-nums; }
        .events span { white-space: pre-line; }
        .events .level { font-weight: 600; }
        .events .warn .level { color: var(--warn); } .events .bad .level { color: var(--bad); }
        section > ol { padding-left: 1.5rem; } section > ol.events { padding-left: 0; }
        .table + h3 { margin-top: 1.5rem; }

        .notice { border: 1px solid var(--line); border-left: 4px solid var(--link); border-radius: 10px; background: var(--card);
          padding: .75rem 1.25rem; margin: 0 0 1.25rem; }
        .notice h2 { margin: 0 0 .25rem; font-size: 1rem; } .notice p { margin: 0; overflow-wrap: anywhere; }
        .notice.warn { border-left-color: var(--warn); background: var(--warn-paper); }
        .notice.bad { border-left-color: var(--bad); background: var(--bad-paper); }

        .progress { margin: 0 0 1rem; font-size: .92rem; font-variant-numeric: tabular-nums; }
        progress { display: block; width: 100%; height: .7rem; margin-bottom: .35rem; accent-color: var(--chart); }

        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)); gap: .75rem; }
        .chart { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem; }
        .chart figcaption { display: flex; justify-content: space-between; gap: .5rem; font-size: .85rem; color: var(--quiet); }
        .chart strong { color: var(--ink); font-variant-numeric: tabular-nums; }
        .chart svg { display: block; width: 100%; height: 56px; margin-top: .5rem; }
        .chart polyline { fill: none; stroke: var(--chart); stroke-width: 2; vector-effect: non-scaling-stroke; }
        .chart polygon { fill: var(--chart-paper); }
        .chart line { stroke: var(--line); vector-effect: non-scaling-stroke; }

        @media (max-width: 48rem) {
          header { padding: .75rem 1rem; } main { padding: 1rem 1rem 2rem; }
          nav { order: 3; width: 100%; } nav ul { margin-left: -.5rem; gap: 0; } nav a { padding: .3rem .5rem; font-size: .95rem; }
          .tiles { grid-template-columns: repeat(3, 1fr); gap: .5rem; } .tile { padding: .5rem .75rem; }
          .tile dd { font-size: 1.35rem; } .tile dt { font-size: .78rem; }
          .table { background: none; border: 0; overflow: visible; }
          table, caption, tbody, tr, tbody th, td { display: block; } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          caption:not(.heard) { padding: 0 0 .5rem; }
          tbody tr { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem;
            margin-bottom: .75rem; }
          tbody th { padding: 0 0 .4rem; font-size: 1rem; }
          td { display: flex; gap: 1rem; padding: .2rem 0; }
          td::before { content: attr(data-column); flex: 0 0 8rem; color: var(--quiet); font-size: .85rem; }
          td > div { min-width: 0; overflow-wrap: anywhere; } td > div:empty::after { content: "-"; color: var(--quiet); }
          .events li { flex-direction: column; gap: 0; }
          .properties { grid-template-columns: 1fr 1fr; gap: .75rem 1rem; }
        }
        @media (forced-colors: active) { .badge, .tile, .chart { border: 1px solid; } }
        @media print { header, .skip { display: none; } }
        """#
}
