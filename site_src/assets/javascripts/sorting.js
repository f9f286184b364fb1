/* Tables that say data-sorting get a button in every column's head: rows in order of the cells' data-sort, the highest
   number or the first word on top, then the other way round, then as they were. What is not known stands last. The
   order lives in the address (?sort=3-down). Without this script the rows stand in the order of images.yml. */
(function () {
  "use strict";

  const table = document.querySelector("table[data-sorting]");
  if (!table) return;

  const heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const collator = new Intl.Collator(document.documentElement.lang || undefined, { numeric: true, sensitivity: "base" });
  let sort = { place: -1, down: false };

  function value(row, place) {
    const cell = row.cells[place];
    const raw = cell ? cell.dataset.sort : "";
    if (!raw) return null;
    return heads[place].dataset.kind === "number" ? Number(raw) : raw;
  }

  function arrange() {
    heads.forEach((head, place) => {
      if (place === sort.place) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const keyed = rows.map((row, at) => ({ row: row, at: at, value: sort.place < 0 ? null : value(row, sort.place) }));
    keyed.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.at - b.at;
      const order = typeof a.value === "number" ? a.value - b.value : collator.compare(a.value, b.value);
      return (sort.down ? -order : order) || a.at - b.at;
    });
    body.append(...keyed.map((each) => each.row));
  }

  function read() {
    const [, place, way] = /^(\d+)-(up|down)$/.exec(new URLSearchParams(location.search).get("sort") || "") || [];
    sort = place !== undefined && Number(place) < heads.length ? { place: Number(place), down: way === "down" } : { place: -1, down: false };
    arrange();
  }

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "bx-sort";
    button.replaceChildren(...head.childNodes);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const downFirst = head.dataset.kind === "number";
      if (sort.place !== place) sort = { place: place, down: downFirst };
      else if (sort.down === downFirst) sort = { place: place, down: !downFirst };
      else sort = { place: -1, down: false };
      arrange();
      const query = sort.place < 0 ? "" : "?sort=" + sort.place + (sort.down ? "-down" : "-up");
      history.pushState(null, "", location.pathname + query + location.hash);
    });
  });

  window.addEventListener("popstate", read);
  read();
})();
