/* The matrix of images: sort by any column, filter by words, group, status and what an image has or has not, choose
   columns and what "size" means, pick two to four images and compare them.

   All of it lives in the address (?for=…&is=no-shell,non-root&sort=layers-down&columns=…&pick=a,b), so that a view can be
   linked to and back and forward lead through views. Without this script the table shows its standard columns, in the
   order of images.yml. Words come from the page's data attributes. */
(function () {
  "use strict";

  const MOST = 4;
  const MANY = 200; // rows laid out at first: more than anybody looks at, and quickly sorted
  const DAY = 86400000;
  const table = document.querySelector("table.bx-images");
  if (!table) return;

  const one = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const form = one("[data-bx-compare]");
  const tools = one("[data-bx-tools]");
  const counter = one("[data-bx-count]");
  const empty = one("[data-bx-empty]");
  const bar = one("[data-bx-picked]");
  const more = one("[data-bx-more]");
  const inputs = {};
  all("[data-bx]", tools).forEach((input) => { inputs[input.dataset.bx] = input; });
  const chips = all("[data-bx-chip]", tools);
  const columns = all("[data-bx-columns] input", tools);
  const standard = columns.filter((box) => box.defaultChecked).map((box) => box.value);
  const heads = Array.from(table.tHead.rows[0].cells);
  const places = new Map(heads.map((head, place) => [head.dataset.key, place]));
  const bodies = Array.from(table.tBodies);
  const rows = all("tr[data-row]", table);
  const homes = new Map(rows.map((row) => [row, row.parentNode]));
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase() + " " + row.dataset.name]));
  const boxes = rows.map((row) => row.cells[places.get("pick")].firstElementChild);
  const countAtFirst = Array.from(counter.childNodes);
  const pairs = JSON.parse(form.dataset.pairs);
  const collator = new Intl.Collator(document.documentElement.lang || undefined, { numeric: true, sensitivity: "base" });
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  let sort = { key: "", down: false };
  let picked = [];
  let most = MANY;

  const tags = new Map(rows.map((row) => {
    const known = new Set(row.dataset.is.split(" "));
    const end = Date.parse(row.dataset.ends + "T00:00:00Z");
    if (!Number.isNaN(end)) known.add(end >= today ? "supported" : "ended");
    return [row, known];
  }));

  const filled = (form, values) => form.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

  /* The address ------------------------------------------------------------- */

  function read() {
    const query = new URLSearchParams(location.search);
    const list = (name) => (query.get(name) || "").split(",").filter(Boolean);
    for (const [name, input] of Object.entries(inputs)) {
      const wanted = query.get(name);
      const fits = wanted !== null
        && (input.tagName !== "SELECT" || Array.from(input.options).some((option) => option.value === wanted));
      input.value = fits ? wanted : input.tagName === "SELECT" ? input.options[0].value : "";
    }
    const pressed = list("is");
    chips.forEach((chip) => chip.setAttribute("aria-pressed", String(pressed.includes(chip.dataset.bxChip))));
    const shown = query.has("columns") ? list("columns") : standard;
    columns.forEach((box) => { box.checked = shown.includes(box.value); });
    const wanted = list("pick");
    picked = wanted.filter((name, place) => wanted.indexOf(name) === place && boxes.some((box) => box.value === name))
      .slice(0, MOST);
    const [, key, way] = /^(.*)-(up|down)$/.exec(query.get("sort") || "") || [];
    sort = places.has(key) && key !== "pick" ? { key: key, down: way === "down" } : { key: "", down: false };
  }

  function address() {
    const parts = [];
    const put = (name, value) => { parts.push(name + "=" + encodeURIComponent(value).replace(/%2C/g, ",").replace(/%2F/g, "/")); };
    for (const [name, input] of Object.entries(inputs)) {
      const usual = input.tagName === "SELECT" ? input.options[0].value : "";
      if (input.value !== usual) put(name, input.value);
    }
    const pressed = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.bxChip);
    if (pressed.length) put("is", pressed.join());
    const shown = columns.filter((box) => box.checked).map((box) => box.value);
    if (shown.join() !== standard.join()) put("columns", shown.join());
    if (sort.key) put("sort", sort.key + (sort.down ? "-down" : "-up"));
    if (picked.length) put("pick", picked.join());
    return location.pathname + (parts.length ? "?" + parts.join("&") : "") + location.hash;
  }

  function remember(step) {
    const wanted = address();
    if (wanted === location.pathname + location.search + location.hash) return;
    if (step) history.pushState(null, "", wanted);
    else history.replaceState(null, "", wanted);
  }

  /* What is shown ----------------------------------------------------------- */

  function value(row, place, number) {
    const raw = row.cells[place].dataset.sort;
    if (!raw) return null;
    return number ? Number(raw) : raw;
  }

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
    const place = places.get(sort.key);
    const number = heads[place].dataset.kind === "number";
    const keyed = rows.map((row, at) => ({ row: row, at: at, value: value(row, place, number) }));
    keyed.sort((a, b) => {
      if (a.value === null || b.value === null) {
        // What is not known stands last, whichever way the others go.
        return (a.value === null) - (b.value === null) || a.at - b.at;
      }
      const order = number ? a.value - b.value : collator.compare(a.value, b.value);
      return (sort.down ? -order : order) || a.at - b.at;
    });
    bodies[0].append(...keyed.map((each) => each.row));
  }

  function filter() {
    const wanted = inputs.for.value.toLowerCase().split(/\s+/).filter(Boolean);
    const group = inputs.group.value;
    const status = inputs.status ? inputs.status.value : "";
    const pressed = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true");
    let shown = 0;
    let unsure = 0;
    (rows.length > most ? all("tr[data-row]", table) : rows).forEach((row) => {
      const has = tags.get(row);
      const reach = (!group || row.dataset.group === group) && (!status || row.dataset.status === status)
        && wanted.every((word) => words.get(row).includes(word));
      const open = pressed.filter((chip) => !has.has(chip.dataset.bxChip));
      const fits = reach && !open.length;
      if (reach && open.length && open.every((chip) => has.has(chip.dataset.question + "?"))) unsure += 1;
      shown += fits ? 1 : 0;
      row.hidden = !fits || shown > most;
    });
    more.hidden = shown <= most;
    one("button", more).textContent = filled(more.dataset.bxMore, { count: shown.toLocaleString(document.documentElement.lang || undefined) });
    bodies.forEach((body) => {
      const title = one(".bx-group", body);
      if (title) title.hidden = !one("tr[data-row]:not([hidden])", body);
    });
    if (shown === rows.length) counter.replaceChildren(...countAtFirst);
    else counter.textContent = filled(unsure ? counter.dataset.unsure : counter.dataset.shown, { shown: shown, unsure: unsure });
    empty.hidden = shown > 0;
  }

  function showColumns() {
    const size = inputs.size.value;
    const hidden = columns.filter((box) => !box.checked).map((box) => box.value);
    Array.from(inputs.size.options).forEach((option) => {
      if (option.value !== "all" && size !== "all" && option.value !== size) hidden.push(option.value);
    });
    table.dataset.hidden = hidden.join(" ");
    table.classList.toggle("all-sizes", size === "all");
    fit();
  }

  /* A table that fits needs no box to scroll in, and its head can stay in sight. */
  function fit() {
    const box = table.parentNode;
    box.classList.remove("is-fitting");
    box.classList.toggle("is-fitting", table.scrollWidth <= box.clientWidth + 1);
  }

  function showPicked() {
    boxes.forEach((box) => {
      box.checked = picked.includes(box.value);
      box.closest("tr").classList.toggle("is-picked", box.checked);
      box.disabled = !box.checked && picked.length >= MOST;
    });
    bar.hidden = !picked.length;
    const titles = picked.map((name) => rows.find((row) => row.dataset.row === name).cells[places.get("name")].dataset.sort);
    one("[data-bx-names]", bar).textContent = titles.join(" · ");
    const go = one(".bx-go", bar);
    go.disabled = picked.length < 2;
    go.textContent = picked.length < 2 ? form.dataset.one : filled(form.dataset.many, { count: picked.length });
  }

  function show() {
    showColumns();
    arrange();
    filter();
    showPicked();
  }

  /* `redraw` are the parts of what is shown that can differ now: laying out hundreds of rows anew takes its time. */
  function change(step, ...redraw) {
    redraw.forEach((part) => part());
    remember(step);
  }

  /* What people do ---------------------------------------------------------- */

  heads.forEach((head) => {
    if (head.dataset.key === "pick") return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "bx-sort";
    button.textContent = head.textContent;
    const link = one("a", head);
    head.replaceChildren(button);
    if (link) {
      link.textContent = "?";
      link.title = head.dataset.help;
      link.setAttribute("aria-label", head.dataset.help);
      link.classList.add("bx-help");
      head.appendChild(link);
    }
    button.addEventListener("click", () => {
      const numbersFirst = head.dataset.kind === "number";
      if (sort.key !== head.dataset.key) sort = { key: head.dataset.key, down: numbersFirst };
      else if (sort.down === numbersFirst) sort = { key: sort.key, down: !sort.down };
      else sort = { key: "", down: false };
      if (rows.length > most) change(true, arrange, filter); // other rows are the first ones
      else change(true, arrange);
    });
  });

  inputs.for.addEventListener("input", () => change(false, filter));
  Object.values(inputs).filter((input) => input !== inputs.for).forEach((input) => {
    input.addEventListener("change", () => {
      if (input === inputs.size && input.value !== "all" && Array.from(input.options).some((option) => option.value === sort.key)) {
        sort = { key: input.value, down: sort.down };
      }
      change(true, show);
    });
  });

  chips.forEach((chip) => chip.addEventListener("click", () => {
    const pressed = chip.getAttribute("aria-pressed") !== "true";
    chips.filter((other) => other.dataset.question === chip.dataset.question)
      .forEach((other) => other.setAttribute("aria-pressed", "false"));
    chip.setAttribute("aria-pressed", String(pressed));
    change(true, filter);
  }));

  const choice = one("[data-bx-columns]", tools);
  columns.forEach((box) => box.addEventListener("change", () => change(true, showColumns)));
  one("[data-bx-standard]", choice).addEventListener("click", () => {
    columns.forEach((box) => { box.checked = box.defaultChecked; });
    change(true, showColumns);
  });
  choice.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !choice.open) return;
    choice.open = false;
    one("summary", choice).focus();
  });
  document.addEventListener("click", (event) => {
    if (choice.open && !choice.contains(event.target)) choice.open = false;
  });

  boxes.forEach((box) => box.addEventListener("change", () => {
    picked = picked.filter((name) => name !== box.value);
    if (box.checked) picked.push(box.value);
    change(false, showPicked);
  }));
  // A row has a link in every cell: from box to box the arrows are the short way.
  boxes.forEach((box) => box.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const open = all("tr[data-row]:not([hidden]) td:first-child input:not(:disabled)", table);
    const next = open[open.indexOf(box) + way];
    if (next) next.focus();
  }));
  one("[data-bx-clear]", bar).addEventListener("click", () => {
    const first = boxes.find((box) => box.value === picked[0]);
    picked = [];
    change(false, showPicked);
    if (first) first.focus();
  });

  // Enter on a picked image's box submits, as in any form: the bar need not be walked to.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (picked.length < 2) return;
    const [before, after] = picked;
    const together = picked.length === 2 && pairs.find((pair) => pair[0] === before && pair[1] === after);
    const names = picked.map((name) => encodeURIComponent(name).replace(/%2F/g, "/")).join();
    location.assign(together ? together[2] + "/" : "compare/?images=" + names);
  });

  one("button", more).addEventListener("click", () => {
    const next = all("tr[data-row]:not([hidden])", table).length;
    most = Infinity;
    change(false, filter);
    one("a", all("tr[data-row]:not([hidden])", table)[next]).focus();
  });

  one("[data-bx-reset]", empty).addEventListener("click", () => {
    inputs.for.value = "";
    inputs.group.value = "";
    if (inputs.status) inputs.status.value = "";
    chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    change(true, filter);
    inputs.for.focus();
  });

  /* How old an image is, by the reader's clock; the page itself has only the day. */
  const ago = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
  all('td[data-key="created"] time', table).forEach((time) => {
    const days = Math.floor((today - Date.parse(time.dateTime.slice(0, 10) + "T00:00:00Z")) / DAY);
    if (Number.isNaN(days) || days < 0) return;
    const label = document.createElement("span");
    label.className = "bx-sub";
    label.textContent = ago.format(-days, "day");
    time.after(label);
  });

  window.addEventListener("popstate", () => { read(); show(); });
  window.addEventListener("resize", fit);
  tools.hidden = false;
  read();
  show();
  remember(false);
})();
