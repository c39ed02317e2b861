/// What keeps a page up to date where scripts run: it fetches the same page again when something has changed.
///
/// Without it, or while somebody has paused it, the page is what it was when it was loaded.
enum LiveScript {
    static let text = #"""
        "use strict";
        const place = document.getElementById("live");
        const label = document.createElement("span");
        const button = document.createElement("button");
        button.type = "button";
        place.append(label, button);
        let paused = false, busy = false, stale = false;

        function say(text) { if (label.textContent !== text) label.textContent = text; }
        function isBeingRead() { return document.hidden || String(getSelection()) !== ""; }

        async function refresh() {
          if (paused || busy || isBeingRead()) { stale = true; return; }
          busy = true; stale = false;
          try {
            const answer = await fetch(location.href, { credentials: "same-origin" });
            if (answer.ok || answer.status === 404) {
              const next = new DOMParser().parseFromString(await answer.text(), "text/html");
              const old = document.querySelector("main"), fresh = next.querySelector("main");
              if (fresh && old.innerHTML !== fresh.innerHTML) {
                const focused = document.activeElement, link = focused && focused.getAttribute("href");
                const inside = old.contains(focused) && focused !== old;
                old.replaceChildren(...fresh.childNodes);
                document.title = next.title;
                if (inside && link) {
                  const again = old.querySelector(`[href="${CSS.escape(link)}"]`);
                  if (again) again.focus({ preventScroll: true });
                }
              }
            }
          } catch { stale = true; } finally { busy = false; }
        }

        button.addEventListener("click", () => {
          paused = !paused; show(); if (!paused) refresh();
        });
        let state = "connecting";
        function show() {
          say(paused ? "Updates are paused" : state);
          button.textContent = paused ? "Go on" : "Pause";
        }
        show();
        setInterval(() => { if (stale) refresh(); }, 1000);

        const source = new EventSource("/stream");
        source.addEventListener("open", () => { state = "Live"; show(); });
        source.addEventListener("change", refresh);
        source.addEventListener("error", () => {
          state = source.readyState === EventSource.CLOSED ? "Not live; load the page again" : "Connecting again"; show();
        });
        """#
}
