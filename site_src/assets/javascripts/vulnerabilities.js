/* Known vulnerabilities on an image's page: sort by any column, filter by words, severity and kind; what is chosen lives
   in the address (?flaw=openssl&severity=high&only=fixable). And whether the database has become older than the site
   allows, from the reader's today. Without this script all rows are shown, the worst first, and the state is as it was
   when the site was built. */
(function () {
  "use strict";

  const DAY = 86400000;
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());

  document.querySelectorAll("[data-bx-older]").forEach((notice) => {
    const age = Math.round((today - Date.parse(notice.dataset.bxOlder + "T00:00:00Z")) / DAY);
    notice.hidden = !(age > Number(notice.dataset.bxDays));
  });

  const list = document.querySelector("[data-bx-flaws]");
  if (!list) return;
  const body = list.querySelector("tbody");
  const rows = Array.from(body.rows);
  const collator = new Intl.Collator(document.documentElement.lang || undefined, { numeric: true, sensitivity: "base" });

  /* Sorting ------------------------------------------------------------------ */

  const heads = Array.from(list.querySelectorAll("thead th"));
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const number = head.dataset.kind === "number";
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : number; // the worst first
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keyed = rows.map((row, at) => ({ row: row, at: at, value: row.cells[place].dataset.sort }));
      keyed.sort((a, b) => {
        if (!a.value || !b.value) return !a.value - !b.value || a.at - b.at; // what is not known stands last
        const order = number ? a.value - b.value : collator.compare(a.value, b.value);
        return (down ? -order : order) || a.at - b.at;
      });
      body.append(...keyed.map((one) => one.row));
    });
  });

  /* Filtering ---------------------------------------------------------------- */

  const tools = list.querySelector("[data-bx-flaws-tools]");
  if (!tools) return;
  const words = tools.querySelector('[data-bx-flaw="for"]');
  const severity = tools.querySelector('[data-bx-flaw="severity"]');
  const chips = Array.from(tools.querySelectorAll("[data-bx-flaw-is]"));
  const counter = list.querySelector("[data-bx-flaws-count]");
  const empty = list.querySelector("[data-bx-flaws-empty]");
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.bxFlawIs);
    let shown = 0;
    rows.forEach((row) => {
      const has = row.dataset.is.split(" ");
      row.hidden = !(wanted.every((word) => texts.get(row).includes(word))
        && (!severity.value || row.dataset.severity === severity.value)
        && kinds.every((kind) => has.includes(kind)));
      shown += row.hidden ? 0 : 1;
    });
    counter.textContent = shown === rows.length ? "" : counter.dataset.words
      .replace("{shown}", shown.toLocaleString()).replace("{total}", rows.length.toLocaleString());
    empty.hidden = shown > 0;
    remember(kinds);
  }

  function remember(kinds) {
    const query = new URLSearchParams(location.search);
    const chosen = { flaw: words.value, severity: severity.value, only: kinds.join() };
    Object.entries(chosen).forEach(([name, value]) => {
      query.delete(name); // so that they stand in one order, whichever was chosen first
      if (value) query.set(name, value);
    });
    const text = query.toString();
    const wanted = location.pathname + (text ? "?" + text : "") + location.hash;
    if (wanted !== location.pathname + location.search + location.hash) history.replaceState(null, "", wanted);
  }

  function restore() {
    const query = new URLSearchParams(location.search);
    words.value = query.get("flaw") || "";
    const wanted = query.get("severity");
    severity.value = Array.from(severity.options).some((option) => option.value === wanted) ? wanted : "";
    const kinds = (query.get("only") || "").split(",");
    chips.forEach((chip) => chip.setAttribute("aria-pressed", String(kinds.includes(chip.dataset.bxFlawIs))));
    filter();
  }

  words.addEventListener("input", filter);
  severity.addEventListener("input", filter);
  chips.forEach((chip) => chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    filter();
  }));
  list.querySelector("[data-bx-flaws-reset]").addEventListener("click", () => {
    words.value = "";
    severity.value = "";
    chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    filter();
    words.focus();
  });
  tools.hidden = false;
  restore();
})();
