/* Find: which image has this? One box; answers come from an index that lies beside the page, cut into small files.
   `root.json` says which file holds which names (the last whose cut is not greater); a query reads one or two.
   The query lives in the address (?for=…; ?q=… is understood too, and rewritten, because the theme's own search
   opens on it). Names reach the page as text only (textContent), never as markup. */
(function () {
  "use strict";

  const MOST_SHARDS = 2;
  const MOST_ROWS = 12;
  const MOST_IMAGES = 6;

  const place = document.querySelector("[data-find]");
  if (!place) return;

  const words = JSON.parse(place.dataset.words);
  const form = place.querySelector("form");
  const input = form.querySelector("input");
  const status = place.querySelector("[data-find-status]");
  const results = place.querySelector("[data-find-results]");
  const base = new URL(place.dataset.find, location.href);
  const shards = new Map();
  let root = null;
  let rootAsked = null;
  let turn = 0;

  function say(form, values) {
    return form.replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? String(values[name]) : all));
  }

  function get(name) {
    return fetch(new URL(name, base)).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    });
  }

  function readRoot() {
    if (!rootAsked) {
      rootAsked = get(base.href).then((read) => { root = read; return read; });
      rootAsked.catch(() => { rootAsked = null; });
    }
    return rootAsked;
  }

  function readShard(number) {
    if (!shards.has(number)) {
      const asked = get(root.shards[number]).then((shard) => {
        shard.sets = shard.sets.map(numbers);
        return shard;
      });
      asked.catch(() => shards.delete(number));
      shards.set(number, asked);
    }
    return shards.get(number);
  }

  function numbers(ranges) {
    const all = [];
    for (const part of ranges.split(",")) {
      const [first, last] = part.split("-").map(Number);
      for (let number = first; number <= (last === undefined ? first : last); number++) all.push(number);
    }
    return all;
  }

  /* The index's own form of a name: small ASCII letters, everything beyond ASCII percent-encoded. */
  function keyOf(text) {
    const small = text.toLowerCase();
    try {
      return small.replace(/[^\x00-\x7f]+/g, (run) => encodeURIComponent(run));
    } catch (error) {
      return small.replace(/[^\x00-\x7f]/g, "%EF%BF%BD"); // half of a character: no name has it
    }
  }

  /* What is asked for: keys to look up, and which rows of them count. */
  function understand(text) {
    const query = { text: text, key: "", folder: null, digest: "" };
    const hex = /^(?:sha256:)?([0-9a-f]{6,64})$/i.exec(text);
    if (hex) query.digest = "sha256:" + hex[1].toLowerCase().slice(0, root.digits);
    if (text.startsWith("/")) {
      const path = text.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
      const at = path.lastIndexOf("/");
      query.path = path;
      query.folder = path.slice(0, at) || "/";
      query.key = keyOf(path.slice(at + 1));
    } else if (!text.toLowerCase().startsWith("sha256:")) {
      query.key = keyOf(text);
    }
    return query;
  }

  function shardsOf(key) {
    let low = 0, high = root.cuts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (root.cuts[middle] <= key) low = middle; else high = middle;
    }
    let end = low + 1;
    while (end < root.cuts.length && root.cuts[end] <= key + "\x7f") end += 1;
    return { first: low, end: end };
  }

  function lookUp(key) {
    const { first, end } = shardsOf(key);
    const wanted = [];
    for (let number = first; number < Math.min(end, first + MOST_SHARDS); number++) wanted.push(readShard(number));
    return Promise.all(wanted).then((read) => {
      const rows = [];
      for (const shard of read) {
        for (const [found, terms] of shard.keys) {
          if (!found.startsWith(key)) continue;
          for (const [code, name, detail, set] of terms) {
            rows.push({ key: found, exact: found === key && code[0] === "0", byWord: code[0] === "1",
              kind: root.kinds[code[1]], name: name || found, detail: detail, images: shard.sets[set] });
          }
        }
      }
      return { rows: rows, more: end > first + MOST_SHARDS };
    });
  }

  function pathOf(row) {
    if (row.kind === "path") return (row.detail === "/" ? "" : row.detail) + "/" + row.name;
    return row.kind === "command" || row.kind === "library" || row.kind === "content" ? row.detail : "";
  }

  /* Rows of a path query: the path itself, also where a directory above it is a link (/bin is /usr/bin in many). */
  function onPath(rows, query) {
    const wanted = query.path.toLowerCase();
    const other = [];
    for (const [link, target, set] of root.links) {
      if (wanted.startsWith(link.toLowerCase() + "/")) {
        other.push({ start: target.toLowerCase() + wanted.slice(link.length), images: new Set(numbers(set)), link: link, target: target });
      }
    }
    const kept = [];
    for (const row of rows) {
      if (row.byWord || row.kind !== "path") continue;
      const path = pathOf(row);
      const lower = path.toLowerCase();
      if (lower.startsWith(wanted)) kept.push(Object.assign({}, row, { exact: lower === wanted }));
      for (const way of other) {
        if (!lower.startsWith(way.start)) continue;
        const images = row.images.filter((image) => way.images.has(image));
        if (images.length) {
          kept.push(Object.assign({}, row, { exact: lower === way.start, images: images,
            also: way.link + path.slice(way.target.length) }));
        }
      }
    }
    return kept;
  }

  /* Identifiers of vulnerabilities and of what distributions write of them: CVE-2026-1, DEBIAN-CVE-…, DSA-5417-1. */
  const VULNERABILITY = /^(?:cve|ghsa|dsa|dla|usn|rhsa|alsa|rlsa|xsa|suse-su|opensuse-su)\b|^[a-z]+-cve\b/i;

  function knownVulnerabilities(text) {
    return get(root.vulnerabilities).then((read) => {
      const wanted = text.toLowerCase();
      const rows = new Map();
      const add = (name, set, also) => {
        const exact = (also || name).toLowerCase() === wanted;
        if (!rows.has(name) || exact) {
          rows.set(name, { key: wanted, exact: exact, byWord: false, kind: "vulnerability", name: name,
            detail: also || "", images: numbers(set) });
        }
      };
      const sets = new Map(read.names);
      for (const [name, set] of read.names) if (name.toLowerCase().startsWith(wanted)) add(name, set, "");
      for (const [also, name] of read.aliases) if (also.toLowerCase().startsWith(wanted)) add(name, sets.get(name), also);
      return { rows: Array.from(rows.values()), more: false, untold: read.untold.length };
    });
  }

  function search(text) {
    const query = understand(text);
    const asked = [];
    if (root.vulnerabilities && VULNERABILITY.test(text)) asked.push(knownVulnerabilities(text));
    if (query.key) asked.push(lookUp(query.key));
    if (query.digest) asked.push(lookUp(query.digest));
    return Promise.all(asked).then((answers) => {
      let rows = [].concat(...answers.map((one) => one.rows));
      const more = answers.some((one) => one.more);
      let elsewhere = false;
      if (query.folder !== null) {
        const there = onPath(rows, query);
        if (!there.length) {
          elsewhere = true;
          rows = rows.filter((row) => row.exact && row.kind === "path");
        } else rows = there;
      }
      rows.sort((a, b) => b.exact - a.exact);
      const known = answers.find((one) => "untold" in one);
      return { rows: rows, more: more, query: query, elsewhere: elsewhere, untold: known ? known.untold : null };
    });
  }

  // What is shown

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function encodePath(path) { return path.split("/").map(encodeURIComponent).join("/"); }

  function evidence(row, image) {
    const path = pathOf(row);
    const page = new URL(place.dataset.pages + root.images[image][1] + "/", location.href);
    page.search = "";
    if (path) page.hash = "path=" + encodePath(path);
    else if (row.kind === "layer") page.hash = "layer-" + row.detail;
    else if (row.kind === "vulnerability") page.hash = row.name;
    else page.hash = root.evidence[row.kind];
    return page.href;
  }

  function imageLinks(row) {
    const box = element("span", "bx-find__images");
    const link = (image) => {
      const made = element("a", "bx-find__image", root.images[image][0]);
      made.href = evidence(row, image);
      return made;
    };
    const shown = row.images.length > MOST_IMAGES + 1 ? MOST_IMAGES : row.images.length;
    row.images.slice(0, shown).forEach((image) => box.appendChild(link(image)));
    if (shown < row.images.length) {
      const more = element("button", "bx-link", say(words.moreImages, { count: row.images.length - shown }));
      more.type = "button";
      more.addEventListener("click", () => {
        const rest = row.images.slice(shown).map(link);
        more.replaceWith(...rest);
        rest[0].focus();
      });
      box.appendChild(more);
    }
    return box;
  }

  function line(row) {
    const li = element("li", "bx-find__row" + (row.exact ? " bx-find__row--exact" : ""));
    const what = element("span", "bx-find__what");
    const path = row.kind === "path" ? pathOf(row) : row.kind === "content" ? row.detail : row.name;
    what.appendChild(element("code", "bx-find__name", path));
    let detail = row.kind === "path" || row.kind === "content" ? "" : row.detail;
    if (row.kind === "layer") detail = say(words.layer, { number: row.detail });
    if (row.also) detail = say(words.also, { path: row.also });
    if (detail) what.appendChild(element("span", "bx-find__detail", detail));
    const total = root.images.length;
    const count = row.images.length === total ? words.all : say(words.some, { count: row.images.length, total: total });
    li.append(what, element("span", "bx-find__count", count), imageLinks(row));
    return li;
  }

  function section(kind, rows) {
    const made = element("section", "bx-find__group");
    made.id = "find-" + kind;
    const title = element("h2", "bx-find__title", words.titles[kind]);
    title.appendChild(element("span", "bx-find__number", String(rows.length)));
    const list = element("ul", "bx-find__list");
    list.append(...rows.slice(0, MOST_ROWS).map(line));
    made.append(title, list);
    if (rows.length > MOST_ROWS) {
      const more = element("button", "bx-link", say(words.showAll, { count: rows.length - MOST_ROWS }));
      more.type = "button";
      more.addEventListener("click", () => {
        const rest = rows.slice(MOST_ROWS).map(line);
        list.append(...rest);
        more.remove();
        const first = rest[0].querySelector("a");
        if (first) first.focus();
      });
      made.appendChild(more);
    }
    return made;
  }

  function show(answer) {
    const { rows, query } = answer;
    const groups = new Map(["vulnerability", ...Object.values(root.kinds)].map((kind) => [kind, []]));
    rows.forEach((row) => groups.get(row.kind).push(row));
    const kinds = Array.from(groups).filter(([, some]) => some.length);
    const rank = (row) => (row.exact ? 0 : row.byWord ? 2 : 1);
    kinds.forEach(([, some]) => some.sort((a, b) => rank(a) - rank(b)
      || (rank(a) ? a.name.length - b.name.length : 0) || b.images.length - a.images.length));
    // Kinds with a name that is exactly what was typed stand first.
    kinds.sort(([, a], [, b]) => (rank(a[0]) !== 0) - (rank(b[0]) !== 0));
    results.replaceChildren(...kinds.map(([kind, some]) => section(kind, some)));
    const values = { count: rows.length.toLocaleString("en"), query: query.text, total: root.images.length };
    let text;
    if (answer.elsewhere) text = say(rows.length ? words.nonePath : words.noneLink, { query: query.text });
    else if (!rows.length) text = say(answer.untold === null ? words.none : words.noneKnown, values);
    else text = say(answer.more && !(query.path && rows[0].exact) ? words.more : rows.length === 1 ? words.foundOne : words.found, values);
    if (answer.untold) text += " · " + say(words.untold, { count: answer.untold, total: root.images.length });
    if (query.digest && query.text.length > 38) text += " " + say(words.truncated, { count: root.digits });
    status.textContent = text;
    results.dataset.for = query.text;
  }

  function remember(text) {
    const address = new URL(location.href);
    address.searchParams.delete("q");
    if (text) address.searchParams.set("for", text); else address.searchParams.delete("for");
    if (address.href !== location.href) history.replaceState(null, "", address.href);
  }

  function fail(error) {
    results.replaceChildren();
    status.textContent = location.protocol === "file:" ? words.file : say(words.failed, { reason: error.message });
  }

  function refresh() {
    const text = input.value.trim();
    const mine = ++turn;
    remember(text);
    if (text.length < 2 || text === "/") {
      results.replaceChildren();
      status.textContent = text ? words.short : "";
      return;
    }
    if (!root) status.textContent = words.loading;
    readRoot().then(() => search(text)).then((answer) => { if (mine === turn) show(answer); },
      (error) => { if (mine === turn) fail(error); });
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  input.addEventListener("input", refresh);
  place.querySelectorAll(".bx-find__examples a").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      input.value = link.textContent;
      refresh();
      input.focus();
    });
  });

  form.hidden = false;
  const asked = new URLSearchParams(location.search);
  input.value = asked.get("for") || asked.get("q") || "";
  if (asked.has("q")) {
    const search = document.querySelector('[data-md-toggle="search"]');
    const shut = () => {
      if (search && search.checked) search.click();
      input.focus({ preventScroll: true });
    };
    shut();
    window.addEventListener("load", () => setTimeout(shut, 0), { once: true });
  }
  if (input.value) refresh();
  else {
    input.focus({ preventScroll: true });
    readRoot().catch(fail);
  }
})();
