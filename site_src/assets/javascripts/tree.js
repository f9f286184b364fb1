/* The root file system as a tree that makes its rows when they are opened: 30,000 entries cost no more than what is
   on the screen. Follows the tree view pattern of the ARIA authoring practices: one tab stop, arrows, Home, End, Enter,
   letters. `#path=/usr/bin/env` in the address opens and focuses that entry.

   The columns come from tree.json beside the page. Names reach the page as text only (textContent), never as markup. */
(function () {
  "use strict";

  const MOST_CHILDREN = 500;
  const MOST_MATCHES = 200;
  const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
  const KINDS = { d: "directory", "-": "file", l: "symlink", c: "device", b: "device", p: "fifo" };

  const place = document.querySelector(".bx-tree[data-tree]");
  if (!place) return;

  // The words come with the page, in its language; of those for a count there are two, for one and for many.
  const words = JSON.parse(place.dataset.words);
  const language = document.documentElement.lang || "en";

  function said(name, values) {
    return words[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  }

  function counting(name, count, values) {
    return said(name + (count === 1 ? "One" : "Many"), Object.assign({ count: figure(count) }, values));
  }

  function figure(number) { return number.toLocaleString(language); }

  let loading = null;

  function load() {
    if (!loading) {
      loading = fetch(place.dataset.tree)
        .then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); })
        .then((columns) => show(new Entries(columns)))
        .catch(() => null); // The lists in the page stay: they need no script.
    }
    return loading;
  }

  /* What the columns say, with what follows from them. Every loop here is linear. */
  class Entries {
    constructor(columns) {
      Object.assign(this, columns);
      const count = this.names.length;
      this.parents = new Int32Array(count);
      this.totals = new Float64Array(count);
      this.below = new Int32Array(count);
      this.children = new Map();
      this.lower = null;
      for (let entry = 0; entry < count; entry++) {
        this.parents[entry] = entry - this.up[entry];
        this.totals[entry] = String(entry) in this.hardLinks ? 0 : this.sizes[entry];
        if (entry === 0) continue;
        const siblings = this.children.get(this.parents[entry]);
        if (siblings) siblings.push(entry);
        else this.children.set(this.parents[entry], [entry]);
      }
      for (let entry = count - 1; entry > 0; entry--) {
        this.totals[this.parents[entry]] += this.totals[entry];
        this.below[this.parents[entry]] += this.below[entry] + 1;
      }
    }

    kind(entry) { return this.attributes[this.attribute[entry]][0][0]; }

    path(entry) {
      const parts = [];
      for (let here = entry; here > 0; here = this.parents[here]) parts.push(this.names[here]);
      return "/" + parts.reverse().join("/");
    }

    find(path) {
      let here = 0;
      for (const part of path.split("/")) {
        if (part === "" || part === ".") continue;
        const next = (this.children.get(here) || []).find((child) => this.names[child] === part);
        if (next === undefined) return -1;
        here = next;
      }
      return here;
    }

    sorted(entry, bySize) {
      const children = this.children.get(entry) || [];
      return bySize ? children.slice().sort((a, b) => this.totals[b] - this.totals[a] || a - b) : children;
    }

    search(words) {
      if (!this.lower) {
        const paths = new Array(this.names.length);
        paths[0] = "";
        for (let entry = 1; entry < paths.length; entry++) {
          paths[entry] = paths[this.parents[entry]] + "/" + this.names[entry].toLowerCase();
        }
        this.lower = paths;
      }
      const last = words[words.length - 1];
      const found = [];
      for (let entry = 1; entry < this.lower.length; entry++) {
        const path = this.lower[entry];
        // The last word must be in the entry's own name (or cross into it), else a folder would bring all it holds.
        const at = path.lastIndexOf(last);
        if (at >= 0 && at + last.length > path.lastIndexOf("/") + 1 && words.every((word) => path.includes(word))) {
          found.push(entry);
        }
      }
      return found;
    }
  }

  function human(bytes) {
    let amount = bytes, unit = 0;
    while (Number(amount.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) { amount /= 1000; unit += 1; }
    return String(Number(amount.toPrecision(3))) + " " + UNITS[unit];
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function counted(count) {
    return count === 0 ? words.empty : counting("entries", count);
  }

  function layerLabel(layer) { return layer < 0 ? "–" : "L" + (layer + 1); }

  function show(entries) {
    const rows = new Map(); // entry → its li, for those that have one
    let bySize = false;
    let focused = null;

    // The frame: search, order, status, tree, the chosen entry.
    const tools = element("div", "bx-tree__tools");
    const search = labelled(words.find, element("input"), "bx-field--grow");
    search.input.type = "search";
    search.input.placeholder = "/usr/bin/env, ssl, .so …";
    search.input.autocomplete = "off";
    search.input.spellcheck = false;
    const order = labelled(words.order, element("select"));
    [["name", words.byName], ["size", words.largestFirst]].forEach(([value, text]) => {
      const option = element("option", "", text);
      option.value = value;
      order.input.appendChild(option);
    });
    tools.append(search.label, order.label);
    const status = element("p", "bx-tree__status");
    status.setAttribute("role", "status");
    const head = element("div", "bx-entry bx-entry--head");
    head.setAttribute("aria-hidden", "true");
    ["name", "size", "mode", "owner", "layer"].forEach((name) => {
      head.appendChild(element("span", "bx-entry__" + name, words[name]));
    });
    const box = element("div", "bx-tree__box");
    const tree = element("ul");
    tree.setAttribute("role", "tree");
    tree.setAttribute("aria-label", words.tree);
    const matches = element("ul");
    matches.setAttribute("role", "listbox");
    matches.setAttribute("aria-label", words.matches);
    matches.hidden = true;
    box.append(tree, matches);
    const chosen = element("div", "bx-chosen");
    place.replaceChildren(tools, status, head, box, chosen);
    place.classList.add("is-ready");

    function labelled(text, input, extra) {
      const label = element("label", "bx-field" + (extra ? " " + extra : ""));
      label.append(element("span", "", text), input);
      return { label: label, input: input };
    }

    function line(entry, level, text) {
      const [mode, owner, layer] = entries.attributes[entries.attribute[entry]];
      const kind = KINDS[mode[0]] || "other";
      const row = element("div", "bx-entry" + (kind === "directory" && !entries.below[entry] ? " bx-entry--empty" : ""));
      row.dataset.kind = kind;
      row.style.setProperty("--level", level);
      const name = element("span", "bx-entry__name", text === undefined ? entries.names[entry] || "/" : text);
      const key = String(entry);
      if (kind === "directory" && text === undefined) {
        name.append("/ ", element("span", "bx-entry__note", counted(entries.below[entry])));
      } else if (key in entries.targets) {
        name.appendChild(element("span", "bx-entry__note", " → " + entries.targets[key]));
      } else if (key in entries.hardLinks) {
        name.appendChild(element("span", "bx-entry__note", " " + said("sameFile", { path: entries.path(entries.hardLinks[key]) })));
      }
      const sized = kind === "directory" ? entries.totals[entry] : entries.sizes[entry];
      const size = element("span", "bx-entry__size", kind === "directory" || kind === "file" ? human(sized) : "");
      if (size.textContent) size.title = counting("bytes", sized);
      row.append(name, size, element("span", "bx-entry__mode", mode), element("span", "bx-entry__owner", owner),
        element("span", "bx-entry__layer", layerLabel(layer)));
      return row;
    }

    function item(entry, level, position, siblings) {
      const li = element("li");
      li.setAttribute("role", "treeitem");
      li.setAttribute("aria-level", String(level + 1));
      li.setAttribute("aria-posinset", String(position + 1));
      li.setAttribute("aria-setsize", String(siblings));
      li.tabIndex = -1;
      li.dataset.entry = String(entry);
      if (entries.children.has(entry)) li.setAttribute("aria-expanded", "false");
      li.appendChild(line(entry, level));
      rows.set(entry, li);
      return li;
    }

    function fill(list, entry, level, start) {
      const children = entries.sorted(entry, bySize);
      const end = Math.min(start + MOST_CHILDREN, children.length);
      const piece = document.createDocumentFragment();
      for (let at = start; at < end; at++) piece.appendChild(item(children[at], level, at, children.length));
      if (end < children.length) {
        const more = element("li");
        more.setAttribute("role", "treeitem");
        more.setAttribute("aria-level", String(level + 1));
        more.tabIndex = -1;
        more.dataset.more = String(end);
        const row = element("div", "bx-entry bx-entry--more");
        row.style.setProperty("--level", level);
        row.appendChild(element("span", "bx-entry__name bx-link", said("showMore",
          { some: figure(Math.min(MOST_CHILDREN, children.length - end)), all: figure(children.length - end) })));
        more.appendChild(row);
        piece.appendChild(more);
      }
      list.appendChild(piece);
    }

    function listOf(li) { return li.querySelector(":scope > ul"); }
    function isOpen(li) { return li.getAttribute("aria-expanded") === "true"; }
    function levelOf(li) { return Number(li.getAttribute("aria-level")); }

    function open(li) {
      if (li.getAttribute("aria-expanded") !== "false") return;
      li.setAttribute("aria-expanded", "true");
      let list = listOf(li);
      if (!list) {
        list = element("ul");
        list.setAttribute("role", "group");
        li.appendChild(list);
        fill(list, Number(li.dataset.entry), levelOf(li), 0);
      }
      list.hidden = false;
    }

    function close(li) {
      if (!isOpen(li)) return;
      li.setAttribute("aria-expanded", "false");
      const list = listOf(li);
      if (list) list.hidden = true;
    }

    function showMore(li) {
      const list = li.parentNode;
      const owner = list.closest('[role="treeitem"]');
      const entry = owner ? Number(owner.dataset.entry) : 0;
      const start = Number(li.dataset.more);
      const level = levelOf(li) - 1;
      li.remove();
      fill(list, entry, level, start);
      const next = list.children[start];
      if (next) focus(next, true);
    }

    function focus(li, take) {
      if (focused) { focused.tabIndex = -1; focused.classList.remove("is-focused"); focused.setAttribute("aria-selected", "false"); }
      focused = li;
      li.tabIndex = 0;
      li.classList.add("is-focused");
      li.setAttribute("aria-selected", "true");
      if (take) {
        li.focus({ preventScroll: true });
        scrollTo(li.firstChild);
      }
      if (li.dataset.entry !== undefined) describe(Number(li.dataset.entry));
    }

    function scrollTo(row) {
      const view = box.getBoundingClientRect(), here = row.getBoundingClientRect();
      if (here.top < view.top) box.scrollTop -= view.top - here.top + 8;
      else if (here.bottom > view.bottom) box.scrollTop += here.bottom - view.bottom + 8;
    }

    function describe(entry) {
      const [mode, owner, layer] = entries.attributes[entries.attribute[entry]];
      const kind = KINDS[mode[0]] || "other";
      const path = entries.path(entry);
      const link = element("a", "bx-chosen__path", path);
      link.href = "#path=" + encodePath(path);
      const facts = [words[kind]];
      const key = String(entry);
      if (kind === "file") facts.push(counting("bytes", entries.sizes[entry]));
      if (kind === "directory") facts.push(said("bytesBelow", { bytes: counting("bytes", entries.totals[entry]), entries: counted(entries.below[entry]) }));
      if (key in entries.targets) facts.push("→ " + entries.targets[key]);
      if (key in entries.hardLinks) facts.push(said("sameFile", { path: entries.path(entries.hardLinks[key]) }));
      if (key in entries.devices) facts.push(words.device + " " + entries.devices[key].join(":"));
      facts.push(mode, said("ownedBy", { owner: owner }), layer < 0 ? words.noLayer : said("fromLayer", { number: layer + 1 }));
      chosen.replaceChildren(link, element("span", "bx-chosen__facts", facts.join(" · ")));
    }

    function encodePath(path) { return path.split("/").map(encodeURIComponent).join("/"); }

    function reveal(entry, take) {
      const chain = [];
      for (let here = entry; here > 0; here = entries.parents[here]) chain.push(here);
      leaveSearch();
      for (const here of chain.reverse()) {
        let li = rows.get(here);
        if (!li) {
          // Beyond the first 500 of its folder: add pages until it is there.
          const parent = rows.get(entries.parents[here]);
          const list = parent ? listOf(parent) : tree;
          const level = parent ? levelOf(parent) : 0;
          while (!rows.has(here) && list.lastChild && list.lastChild.dataset.more) {
            const start = Number(list.lastChild.dataset.more);
            list.lastChild.remove();
            fill(list, entries.parents[here], level, start);
          }
          li = rows.get(here);
        }
        if (!li) return;
        if (here !== entry) open(li);
      }
      const li = rows.get(entry);
      if (!li) return;
      if (take) open(li);
      focus(li, take);
      const view = box.getBoundingClientRect(), here = li.firstChild.getBoundingClientRect();
      box.scrollTop += here.top - view.top - view.height / 3;
    }

    function rebuild() {
      rows.clear();
      focused = null;
      tree.replaceChildren();
      fill(tree, 0, 0, 0);
      if (tree.firstChild) focus(tree.firstChild, false);
    }

    // Keyboard

    function visibleItems() {
      return Array.from(tree.querySelectorAll('[role="treeitem"]')).filter((li) => li.offsetParent !== null);
    }

    function next(li) {
      if (isOpen(li)) { const list = listOf(li); if (list && list.firstChild) return list.firstChild; }
      for (let here = li; here && here !== tree; here = here.parentNode.closest('[role="treeitem"]')) {
        if (here.nextSibling) return here.nextSibling;
      }
      return null;
    }

    function previous(li) {
      let here = li.previousSibling;
      if (!here) return li.parentNode.closest('[role="treeitem"]');
      while (isOpen(here) && listOf(here) && listOf(here).lastChild) here = listOf(here).lastChild;
      return here;
    }

    let typed = "", typedAt = 0;

    tree.addEventListener("keydown", (event) => {
      const li = event.target.closest('[role="treeitem"]');
      if (!li || event.altKey || event.ctrlKey || event.metaKey) return;
      let to = null;
      switch (event.key) {
        case "ArrowDown": to = next(li); break;
        case "ArrowUp": to = previous(li); break;
        case "Home": to = tree.firstChild; break;
        case "End": { to = tree.lastChild; while (isOpen(to) && listOf(to).lastChild) to = listOf(to).lastChild; break; }
        case "ArrowRight":
          if (li.getAttribute("aria-expanded") === "false") open(li);
          else if (isOpen(li)) to = listOf(li).firstChild;
          break;
        case "ArrowLeft":
          if (isOpen(li)) close(li);
          else to = li.parentNode.closest('[role="treeitem"]');
          break;
        case "Enter":
        case " ":
          if (li.dataset.more) { event.preventDefault(); showMore(li); return; }
          if (isOpen(li)) close(li); else open(li);
          if (event.key === "Enter") permalink(Number(li.dataset.entry));
          break;
        default:
          if (event.key.length !== 1) return;
          to = typeahead(li, event.key);
          if (!to) return;
      }
      event.preventDefault();
      event.stopPropagation();
      if (to) focus(to, true);
    });

    function typeahead(li, letter) {
      const now = Date.now();
      typed = now - typedAt < 700 ? typed + letter.toLowerCase() : letter.toLowerCase();
      typedAt = now;
      const items = visibleItems();
      const at = items.indexOf(li);
      const start = typed.length > 1 ? at : at + 1;
      for (let step = 0; step < items.length; step++) {
        const one = items[(start + step) % items.length];
        if (one.dataset.entry && entries.names[Number(one.dataset.entry)].toLowerCase().startsWith(typed)) return one;
      }
      return null;
    }

    function permalink(entry) { history.replaceState(null, "", "#path=" + encodePath(entries.path(entry))); }

    tree.addEventListener("click", (event) => {
      const li = event.target.closest('[role="treeitem"]');
      if (!li) return;
      if (li.dataset.more) { showMore(li); return; }
      focus(li, true);
      if (isOpen(li)) close(li); else open(li);
    });
    tree.addEventListener("focusin", (event) => {
      const li = event.target.closest('[role="treeitem"]');
      if (li && li !== focused) focus(li, false);
    });

    // Search

    let timer = 0;

    function runSearch() {
      const wanted = search.input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      if (!wanted.length) { leaveSearch(); return; }
      const found = entries.search(wanted);
      if (bySize) found.sort((a, b) => entries.totals[b] - entries.totals[a] || a - b);
      const piece = document.createDocumentFragment();
      found.slice(0, MOST_MATCHES).forEach((entry, at) => {
        const li = element("li");
        li.setAttribute("role", "option");
        li.setAttribute("aria-selected", "false");
        li.tabIndex = at === 0 ? 0 : -1;
        li.dataset.entry = String(entry);
        const row = line(entry, 0, entries.path(entry));
        li.appendChild(row);
        highlight(row.firstChild, wanted[wanted.length - 1]);
        piece.appendChild(li);
      });
      matches.replaceChildren(piece);
      matches.hidden = !found.length;
      tree.hidden = true;
      box.scrollTop = 0;
      status.textContent = found.length === 0 ? words.nothing
        : counting(found.length > MOST_MATCHES ? "firstMatches" : "matches", found.length, { shown: MOST_MATCHES });
    }

    function highlight(name, word) {
      const text = name.firstChild;
      const at = text.data.toLowerCase().lastIndexOf(word);
      if (at < 0 || at + word.length > text.data.length) return;
      const hit = text.splitText(at);
      hit.splitText(word.length);
      const mark = element("mark");
      hit.replaceWith(mark);
      mark.appendChild(hit);
    }

    function leaveSearch() {
      window.clearTimeout(timer);
      if (tree.hidden) search.input.value = "";
      tree.hidden = false;
      matches.hidden = true;
      matches.replaceChildren();
      status.textContent = said("keys", { entries: counted(Number(place.dataset.entries)) });
    }

    search.input.addEventListener("input", () => { window.clearTimeout(timer); timer = window.setTimeout(runSearch, 90); });
    search.input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { search.input.value = ""; leaveSearch(); }
      if (event.key === "ArrowDown" && matches.firstChild) { event.preventDefault(); matches.firstChild.focus(); }
      if (event.key === "Enter") { event.preventDefault(); window.clearTimeout(timer); runSearch(); if (matches.firstChild) matches.firstChild.focus(); }
    });
    matches.addEventListener("click", (event) => choose(event.target.closest("li")));
    matches.addEventListener("keydown", (event) => {
      const li = event.target.closest("li");
      if (!li) return;
      let to = null;
      if (event.key === "ArrowDown") to = li.nextSibling;
      else if (event.key === "ArrowUp") to = li.previousSibling || search.input;
      else if (event.key === "Home") to = matches.firstChild;
      else if (event.key === "End") to = matches.lastChild;
      else if (event.key === "Escape") { leaveSearch(); to = search.input; }
      else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(li); return; }
      else return;
      event.preventDefault();
      if (to) to.focus();
    });
    function choose(li) {
      if (!li) return;
      const entry = Number(li.dataset.entry);
      search.input.value = "";
      permalink(entry);
      reveal(entry, true);
    }

    order.input.addEventListener("change", () => {
      bySize = order.input.value === "size";
      const kept = focused && focused.dataset.entry !== undefined ? Number(focused.dataset.entry) : -1;
      const searching = tree.hidden;
      rebuild();
      if (searching) runSearch();
      else if (kept > 0) reveal(kept, false);
    });

    // Permalinks

    function follow() {
      const wanted = wantedPath();
      if (wanted === null) return;
      const entry = entries.find(wanted);
      if (entry > 0) {
        reveal(entry, true);
        tools.scrollIntoView({ block: "start" });
      } else {
        status.textContent = entry === 0 ? words.root : said("notThere", { path: wanted });
        tools.scrollIntoView({ block: "start" });
      }
    }
    window.addEventListener("hashchange", follow);

    rebuild();
    leaveSearch();
    follow();
  }

  function wantedPath() {
    if (!location.hash.startsWith("#path=")) return null;
    try { return decodeURIComponent(location.hash.slice(6)); } catch (error) { return location.hash.slice(6); }
  }

  // The page paints first; the columns come when the reader comes near the tree, follows a path, or asks.
  if (wantedPath() !== null) load();
  window.addEventListener("hashchange", () => { if (wantedPath() !== null) load(); });
  if ("IntersectionObserver" in window) {
    const near = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) { near.disconnect(); load(); }
    }, { rootMargin: "400px" });
    near.observe(place);
  } else {
    load();
  }
})();
