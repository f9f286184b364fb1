/* The table of images: sort by any column, filter by words, group and status, choose what "size" means.
   The state lives in the address (?q=…&sort=…), so a view can be linked to. Without this script the table shows all
   sizes side by side, in the order of images.yml. */
(function () {
  "use strict";

  const table = document.querySelector("table.bx-images");
  if (!table) return;

  const tools = document.querySelector("[data-bx-tools]");
  const counter = document.querySelector("[data-bx-count]");
  const empty = document.querySelector("[data-bx-empty]");
  const inputs = {};
  tools.querySelectorAll("[data-bx]").forEach((input) => { inputs[input.dataset.bx] = input; });
  const bodies = Array.from(table.tBodies);
  const rows = Array.from(table.querySelectorAll("tr[data-row]"));
  const homes = new Map(rows.map((row) => [row, row.parentNode]));
  const heads = Array.from(table.tHead.rows[0].cells);
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase() + " " + row.dataset.name]));
  const countAtFirst = Array.from(counter.childNodes);
  let sort = { key: "", down: false };

  function read() {
    const query = new URLSearchParams(location.search);
    for (const name of Object.keys(inputs)) {
      const wanted = query.get(name);
      const input = inputs[name];
      if (wanted === null) continue;
      if (input.tagName !== "SELECT" || Array.from(input.options).some((one) => one.value === wanted)) input.value = wanted;
    }
    const [key, way] = (query.get("sort") || "").split("-");
    if (heads.some((head) => head.dataset.key === key)) sort = { key: key, down: way === "down" };
  }

  function remember() {
    const query = new URLSearchParams();
    for (const [name, input] of Object.entries(inputs)) {
      const standard = input.tagName === "SELECT" ? input.options[0].value : "";
      if (input.value !== standard) query.set(name, input.value);
    }
    if (sort.key) query.set("sort", sort.key + (sort.down ? "-down" : "-up"));
    const text = query.toString();
    history.replaceState(null, "", location.pathname + (text ? "?" + text : "") + location.hash);
  }

  function value(row, head) {
    const cell = row.querySelector('[data-key="' + head.dataset.key + '"]');
    const raw = cell ? cell.dataset.sort : "";
    if (raw === "") return null;
    return head.dataset.kind === "number" ? Number(raw) : raw;
  }

  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  function arrange() {
    heads.forEach((head) => {
      if (head.dataset.key === sort.key) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    table.classList.toggle("is-sorted", Boolean(sort.key));
    if (!sort.key) {
      rows.forEach((row) => homes.get(row).appendChild(row));
      return;
    }
    const head = heads.find((one) => one.dataset.key === sort.key);
    const keyed = rows.map((row, place) => ({ row: row, place: place, value: value(row, head) }));
    keyed.sort((a, b) => {
      if (a.value === null || b.value === null) {
        // What is not known stands last, whichever way the others go.
        return (a.value === null) - (b.value === null) || a.place - b.place;
      }
      const order = head.dataset.kind === "number" ? a.value - b.value : collator.compare(a.value, b.value);
      return (sort.down ? -order : order) || a.place - b.place;
    });
    keyed.forEach((one) => bodies[0].appendChild(one.row));
  }

  function filter() {
    const wanted = inputs.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const group = inputs.group.value;
    const status = inputs.status ? inputs.status.value : "";
    let shown = 0;
    rows.forEach((row) => {
      const fits = (!group || row.dataset.group === group) && (!status || row.dataset.status === status)
        && wanted.every((word) => words.get(row).includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    bodies.forEach((body) => {
      const title = body.querySelector(".bx-group");
      if (title) title.hidden = !body.querySelector("tr[data-row]:not([hidden])");
    });
    if (shown === rows.length) counter.replaceChildren(...countAtFirst);
    else counter.textContent = shown + " of " + rows.length + " images";
    empty.hidden = shown > 0;
  }

  function refresh() {
    table.dataset.size = inputs.size.value;
    arrange();
    filter();
    remember();
  }

  heads.forEach((head) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "bx-sort";
    button.textContent = head.textContent;
    const link = head.querySelector("a");
    head.replaceChildren(button);
    if (link) {
      link.textContent = "?";
      link.title = "What " + head.dataset.key + " is";
      link.classList.add("bx-help");
      head.appendChild(link);
    }
    button.addEventListener("click", () => {
      const numbersFirst = head.dataset.kind === "number";
      if (sort.key !== head.dataset.key) sort = { key: head.dataset.key, down: numbersFirst };
      else if (sort.down === numbersFirst) sort = { key: sort.key, down: !sort.down };
      else sort = { key: "", down: false };
      refresh();
    });
  });

  Object.values(inputs).forEach((input) => input.addEventListener("input", refresh));
  inputs.size.addEventListener("change", () => {
    if (inputs.size.value === "all" || !heads.some((head) => head.dataset.col === sort.key)) return;
    sort = { key: inputs.size.value, down: sort.down };
    refresh();
  });
  empty.querySelector("[data-bx-reset]").addEventListener("click", () => {
    inputs.q.value = "";
    inputs.group.value = "";
    if (inputs.status) inputs.status.value = "";
    refresh();
    inputs.q.focus();
  });

  tools.hidden = false;
  read();
  refresh();
})();
