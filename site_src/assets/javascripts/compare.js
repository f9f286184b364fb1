/* Any two to four images side by side, from the small compare.json that each image has: maps of keys to texts, which
   differ where their texts do. The choice lives in the address (?images=alpine,debian-slim). Files are read when they
   are asked for. Names reach the page as text only (textContent), never as markup. */
(function () {
  "use strict";

  const MOST_ROWS = 12;
  const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
  const ASPECTS = ["kind", "content", "mode", "owner", "target", "device", "attributes"];

  const place = document.querySelector("[data-compare]");
  if (!place) return;

  const words = JSON.parse(place.dataset.words);
  const form = place.querySelector("form");
  const selects = Array.from(form.querySelectorAll("select"));
  const only = form.elements.differences;
  const status = place.querySelector("[data-compare-status]");
  const pairPlace = place.querySelector("[data-compare-pair]");
  const results = place.querySelector("[data-compare-results]");
  const read = new Map();
  let turn = 0;

  function say(form, values) {
    return form.replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? String(values[name]) : all));
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function human(bytes) {
    let amount = bytes, unit = 0;
    while (Number(amount.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) { amount /= 1000; unit += 1; }
    return String(Number(amount.toPrecision(3))) + " " + UNITS[unit];
  }

  function count(number) { return number.toLocaleString("en"); }

  function fetched(image, file) {
    const address = new URL(place.dataset.compare + image + "/" + file, location.href).href;
    if (!read.has(address)) {
      const asked = fetch(address).then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      });
      asked.catch(() => read.delete(address));
      read.set(address, asked);
    }
    return read.get(address);
  }

  // Comparing: values in, values out

  /* A text counts up to its tab; what follows is shown beside it. */
  function compared(text) { return text === undefined ? undefined : text.split("\t")[0]; }

  /* Rows of one facet over all images: key, the texts, and whether they differ. */
  function rowsOf(maps) {
    const keys = new Set();
    maps.forEach((map) => Object.keys(map).forEach((key) => keys.add(key)));
    return Array.from(keys, (key) => {
      const texts = maps.map((map) => (Object.prototype.hasOwnProperty.call(map, key) ? map[key] : undefined));
      const masked = texts.some((text) => text === words.mask);
      const first = compared(texts[0]);
      return { key: key, texts: texts, masked: masked, differs: texts.some((text) => compared(text) !== first) };
    });
  }

  /* By which name a library is asked for depends on all images: libz.so.1 for a file libz.so.1.3.1. */
  function libraryMaps(all) {
    const asked = new Set();
    all.forEach((one) => one.needed.forEach((name) => asked.add(name)));
    return all.map((one) => {
      const map = Object.create(null);
      for (const file of one.files) {
        let name = file;
        while (!asked.has(name) && name.includes(".so.") && !name.endsWith(".so")) name = name.slice(0, name.lastIndexOf("."));
        if (!asked.has(name)) name = file;
        map[name] = "✓";
      }
      return map;
    });
  }

  function layersOf(all) {
    let shared = 0;
    while (all.every((one) => shared < one.layers.length && one.layers[shared][1] === all[0].layers[shared][1])) shared += 1;
    const rest = all.map((one) => new Set(one.layers.slice(shared).map((layer) => layer[0])));
    const equal = Array.from(rest[0]).filter((layer) => rest.every((one) => one.has(layer))).length;
    return { shared: shared, equalElsewhere: equal };
  }

  // Files: two trees against each other, as tree.json and contents.json have them

  class Files {
    constructor(columns, more) {
      Object.assign(this, columns);
      this.more = more;
      const length = this.names.length;
      this.parents = new Int32Array(length);
      this.ends = new Int32Array(length).fill(0);
      this.children = new Map();
      this.totals = new Float64Array(length);
      const below = new Int32Array(length);
      for (let entry = 0; entry < length; entry++) {
        this.parents[entry] = entry - this.up[entry];
        this.totals[entry] = String(entry) in this.hardLinks ? 0 : this.sizes[entry];
        if (entry === 0) continue;
        const siblings = this.children.get(this.parents[entry]);
        if (siblings) siblings.push(entry); else this.children.set(this.parents[entry], [entry]);
      }
      for (let entry = length - 1; entry > 0; entry--) {
        below[this.parents[entry]] += below[entry] + 1;
        this.totals[this.parents[entry]] += this.totals[entry];
      }
      for (let entry = 0; entry < length; entry++) this.ends[entry] = entry + below[entry] + 1;
    }

    kind(entry) { return this.attributes[this.attribute[entry]][0][0]; }
    mode(entry) { return this.attributes[this.attribute[entry]][0].slice(1); }
    owner(entry) { return this.attributes[this.attribute[entry]][1]; }
    target(entry) { return this.more.rawTargets[entry] || this.targets[entry] || ""; }

    key(entry) {
      const raw = this.more.rawNames[entry];
      return raw ? "\0" + raw : this.names[entry];
    }

    digest(entry) {
      const content = this.more.contents[entry];
      return content < 0 ? null : this.more.digests.substr(content * this.more.digits, this.more.digits);
    }

    path(entry) {
      const parts = [];
      for (let here = entry; here > 0; here = this.parents[here]) parts.push(this.names[here]);
      return "/" + parts.reverse().join("/");
    }
  }

  function aspectsOf(before, one, after, other) {
    const found = [];
    let unsure = false;
    const kind = before.kind(one), otherKind = after.kind(other);
    if (kind !== otherKind) found.push("kind");
    else if (kind === "-") {
      const mine = before.digest(one), theirs = after.digest(other);
      if (before.sizes[one] !== after.sizes[other]) found.push("content");
      else if (mine === null || theirs === null) unsure = true;
      else if (mine !== theirs) found.push("content");
    } else if (kind === "l") {
      if (before.target(one) !== after.target(other)) found.push("target");
    } else if (kind === "c" || kind === "b") {
      if (String(before.devices[one]) !== String(after.devices[other])) found.push("device");
    }
    if (before.mode(one) !== after.mode(other) && kind !== "l" && otherKind !== "l") found.push("mode");
    if (before.owner(one) !== after.owner(other)) found.push("owner");
    if ((before.more.attributes[one] || "") !== (after.more.attributes[other] || "")) found.push("attributes");
    return { aspects: found, unsure: unsure };
  }

  /* What only one tree has, in rows: a directory with all in it, or how many entries of a directory that both have. */
  class OnlyHere {
    constructor(files) {
      this.files = files;
      this.count = 0;
      this.found = [];
      this.loose = new Map();
    }

    add(entry) {
      const files = this.files;
      const entries = files.ends[entry] - entry;
      this.count += entries;
      if (files.kind(entry) === "d") this.found.push({ entry: entry, count: entries, size: files.totals[entry], whole: true });
      else {
        const folder = files.parents[entry];
        const row = this.loose.get(folder);
        if (row) row.push(entry); else this.loose.set(folder, [entry]);
      }
    }

    addContents(entry) {
      const entries = this.files.ends[entry] - entry - 1;
      if (!entries) return;
      this.count += entries;
      this.found.push({ entry: entry, count: entries, size: this.files.totals[entry], whole: false });
    }

    rows() {
      const rows = this.found.slice();
      for (const [folder, entries] of this.loose) {
        const size = entries.reduce((sum, entry) => sum + this.files.totals[entry], 0);
        rows.push({ entry: entries.length === 1 ? entries[0] : folder, count: entries.length, size: size, whole: entries.length === 1 });
      }
      rows.sort((a, b) => b.count - a.count || b.size - a.size || a.entry - b.entry);
      return rows.map((row) => Object.assign(row, { path: this.files.path(row.entry) }));
    }
  }

  function compareFiles(before, after) {
    const removed = new OnlyHere(before), added = new OnlyHere(after);
    const changed = [];
    const byAspect = {};
    ASPECTS.forEach((aspect) => { byAspect[aspect] = 0; });
    let same = 0, unsure = 0;
    const together = [[0, 0]];
    while (together.length) {
      const [folder, otherFolder] = together.pop();
      const theirs = new Map((after.children.get(otherFolder) || []).map((entry) => [after.key(entry), entry]));
      for (const one of before.children.get(folder) || []) {
        const name = before.key(one);
        const other = theirs.get(name);
        if (other === undefined) { removed.add(one); continue; }
        theirs.delete(name);
        if (before.kind(one) !== after.kind(other)) { removed.addContents(one); added.addContents(other); }
        const found = aspectsOf(before, one, after, other);
        unsure += found.unsure ? 1 : 0;
        if (found.aspects.length) {
          found.aspects.forEach((aspect) => { byAspect[aspect] += 1; });
          changed.push({ entry: one, other: other, aspects: found.aspects });
        } else same += 1;
        if (before.kind(one) === "d" && after.kind(other) === "d") together.push([one, other]);
      }
      for (const other of theirs.values()) added.add(other);
    }
    changed.sort((a, b) => a.entry - b.entry);
    return { removed: removed, added: added, changed: changed, byAspect: byAspect, same: same, unsure: unsure };
  }

  // What is shown

  function imagePage(image, anchor) {
    const page = new URL(place.dataset.pages + image.name + "/", location.href);
    page.hash = anchor;
    return page.href;
  }

  function table(images, anchor, first) {
    const made = element("table", "bx-table bx-beside__table");
    const head = element("thead");
    const row = element("tr");
    const corner = element("th", "", first);
    corner.scope = "col";
    row.appendChild(corner);
    images.forEach((image) => {
      const cell = element("th");
      cell.scope = "col";
      const link = element("a", "", image.label);
      link.href = imagePage(image, anchor);
      cell.appendChild(link);
      row.appendChild(cell);
    });
    head.appendChild(row);
    const body = element("tbody");
    made.append(head, body);
    return made;
  }

  function framed(made, label) {
    const frame = element("div", "bx-scroll");
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", label);
    frame.appendChild(made);
    return frame;
  }

  function section(name, title, note) {
    const made = element("section", "bx-beside__section");
    made.id = "beside-" + name;
    made.dataset.facet = name;
    made.appendChild(element("h2", "bx-beside__title", title));
    const said = element("p", "bx-what", note || "");
    said.dataset.note = "";
    made.appendChild(said);
    return made;
  }

  function sizes(images, all) {
    const made = section("sizes", words.sizes);
    const list = table(images, "sizes", words.size);
    list.classList.add("bx-beside__sizes");
    words.sizeNames.forEach((name) => {
      const row = element("tr");
      row.dataset.key = name;
      const most = Math.max(...all.map((one) => one.sizes[name] || 0));
      const head = element("th");
      head.scope = "row";
      const meaning = element("a", "bx-term", name);
      meaning.href = new URL("../sizes/#" + name, location.href).href;
      head.appendChild(meaning);
      row.appendChild(head);
      all.forEach((one) => {
        const cell = element("td");
        const size = one.sizes[name];
        if (size === null) cell.appendChild(element("span", "bx-unknown", words.notKnown));
        else {
          const bar = element("span", "bx-bar");
          bar.style.setProperty("--share", String(most ? size / most : 0));
          bar.setAttribute("aria-hidden", "true");
          const sized = element("span", "bx-sized");
          const figure = element("span", "bx-size", human(size));
          figure.title = count(size) + " bytes";
          cell.dataset.value = String(size);
          sized.append(bar, figure);
          cell.appendChild(sized);
        }
        row.appendChild(cell);
      });
      list.tBodies[0].appendChild(row);
    });
    made.appendChild(framed(list, words.sizes));
    return made;
  }

  /* What is known of vulnerabilities, in a line each, as the page has it; nothing where no image was assessed. */
  function vulnerabilities(images) {
    if (!images.some((image) => image.known)) return [];
    const made = section("vulnerabilities", words.vulnerabilities, words.vulnerabilitiesWhy);
    const list = table(images, "vulnerabilities", words.vulnerabilities);
    const row = element("tr");
    const head = element("th", "", words.known);
    head.scope = "row";
    row.appendChild(head);
    images.forEach((image) => row.appendChild(element("td", image.known ? "" : "bx-unknown", image.known || words.notKnown)));
    list.tBodies[0].appendChild(row);
    made.appendChild(framed(list, words.vulnerabilities));
    return [made];
  }

  function layers(images, all) {
    const found = layersOf(all);
    let note = found.shared ? say(words.sharedLayers, { count: found.shared }) : words.noSharedLayers;
    if (found.equalElsewhere) note += " " + say(words.equalLayers, { count: found.equalElsewhere });
    const made = section("layers", words.layers, note);
    made.dataset.shared = String(found.shared);
    made.dataset.equal = String(found.equalElsewhere);
    const list = table(images, "layers", words.layers);
    const longest = Math.max(...all.map((one) => one.layers.length));
    const rows = [];
    for (let number = 0; number < longest; number++) {
      const row = element("tr");
      const head = element("th", "", say(words.layer, { number: number + 1 }));
      head.scope = "row";
      row.appendChild(head);
      all.forEach((one) => {
        const layer = one.layers[number];
        const cell = element("td");
        if (!layer) cell.appendChild(element("span", "bx-none", words.none));
        else {
          const digest = element("code", "", layer[0].slice(7, 19));
          digest.title = layer[0];
          cell.append(digest, " " + human(layer[2]));
        }
        row.appendChild(cell);
      });
      row.classList.toggle("is-same", number < found.shared);
      rows.push(row);
    }
    made.appendChild(framed(list, words.layers));
    fill(list, rows, made);
    return made;
  }

  /* Put rows into a table, the first of them at once and the others when asked for. */
  function fill(list, rows, made) {
    list.tBodies[0].append(...rows.slice(0, MOST_ROWS));
    const rest = rows.slice(MOST_ROWS);
    if (!rest.length) return;
    const more = element("button", "bx-link", say(words.showAll, { count: count(rest.length) }));
    more.type = "button";
    more.addEventListener("click", () => {
      list.tBodies[0].append(...rest);
      rest[0].tabIndex = -1;
      rest[0].focus({ preventScroll: true });
      more.remove();
    });
    made.appendChild(more);
  }

  function line(row, shownKey, className) {
    const made = element("tr", className);
    made.dataset.key = row.key;
    made.dataset.has = row.texts.map((text) => (text === undefined ? "0" : "1")).join("");
    made.classList.toggle("is-same", !row.differs);
    made.classList.toggle("is-different", row.differs);
    const head = element("th");
    head.scope = "row";
    head.appendChild(shownKey);
    made.appendChild(head);
    row.texts.forEach((text) => {
      const cell = element("td");
      if (text === undefined) cell.appendChild(element("span", "bx-none", words.none));
      else {
        const [counts, ...rest] = text.split("\t");
        cell.appendChild(element("span", "bx-beside__text", counts));
        if (rest.length && rest[0]) cell.appendChild(element("span", "bx-beside__more", rest.join(" ")));
      }
      made.appendChild(cell);
    });
    return made;
  }

  function keyShown(name, key) {
    const parts = key.split("\t");
    if (name === "packages") {
      const made = element("span");
      made.append(element("code", "", parts[1]), element("span", "bx-beside__more", parts[0] + " · " + parts[2]));
      return made;
    }
    return element("code", "", parts[0]);
  }

  function facet([name, title, rowName, anchor], images, all) {
    const made = section(name, title);
    const facets = all.map((one) => (name === "libraries" ? one.libraries : one.facets[name]));
    const reasons = facets.map((one) => one.reason || "");
    const note = made.querySelector("[data-note]");
    if (reasons.some(Boolean)) {
      // What one of them cannot tell is not compared: nothing is called missing.
      made.dataset.unknown = reasons.join(",");
      note.replaceChildren(element("span", "bx-unknown", words.notKnown), ". ",
        images.map((image, at) => reasons[at] && say(words.notKnownIn, { image: image.label, reason: words.reasons[reasons[at]] }))
          .filter(Boolean).join("; "));
      return made;
    }
    const maps = name === "libraries" ? libraryMaps(facets) : facets.map((one) => one.rows);
    const rows = rowsOf(maps);
    const different = rows.filter((row) => row.differs);
    made.dataset.differ = String(different.length);
    made.dataset.same = String(rows.length - different.length);
    if (images.length === 2) {
      const gone = different.filter((row) => row.texts[1] === undefined).length;
      const come = different.filter((row) => row.texts[0] === undefined).length;
      note.textContent = say(words.pairCounts, { gone: count(gone), come: count(come), changed: count(different.length - gone - come),
        same: count(rows.length - different.length), before: images[0].label, after: images[1].label });
    } else {
      note.textContent = say(words.counts, { differ: count(different.length), same: count(rows.length - different.length) });
    }
    if (!rows.length) note.textContent = words.noRows;
    else if (!different.length) note.textContent = words.allSame + " " + note.textContent;
    if (rows.some((row) => row.masked)) note.append(" " + words.masked);
    if (name === "libraries") note.append(" " + words.libc + ": " + facets.map((one, at) => images[at].label + " " + (one.libc || words.none)).join("; ") + ".");
    const shown = only.checked ? different : rows;
    if (!shown.length) return made;
    const list = table(images, anchor, rowName);
    made.appendChild(framed(list, title));
    fill(list, shown.map((row) => line(row, keyShown(name, row.key))), made);
    return made;
  }

  function sheet(images, all) {
    const made = section("sheet", words.sheet);
    const sheets = all.map((one) => one.sheet[place.dataset.language] || one.sheet.en);
    const rows = sheets[0].map((line, at) => ({
      key: line[0],
      title: line[1],
      cells: sheets.map((one) => one[at]),
      differs: sheets.some((one) => one[at][2] !== line[2] || one[at][3] !== line[3]),
    }));
    const shown = only.checked ? rows.filter((row) => row.differs) : rows;
    const note = made.querySelector("[data-note]");
    const differ = rows.filter((row) => row.differs).length;
    note.textContent = differ ? say(words.counts, { differ: differ, same: rows.length - differ }) : words.allSame;
    if (!shown.length) return made;
    const list = table(images, "capabilities", words.question);
    shown.forEach((row) => {
      const made = element("tr", row.differs ? "is-different" : "is-same");
      made.dataset.key = row.key;
      const head = element("th", "", row.title);
      head.scope = "row";
      made.appendChild(head);
      row.cells.forEach((cell) => {
        const td = element("td");
        td.append(element("span", "bx-answer bx-answer--" + cell[2], words.states[cell[2]]), element("span", "bx-beside__text", cell[3]));
        made.appendChild(td);
      });
      list.tBodies[0].appendChild(made);
    });
    made.appendChild(framed(list, words.sheet));
    return made;
  }

  function filesSection(images) {
    const made = section("files", words.files, words.filesWhy);
    const button = element("button", "md-button bx-beside__load", words.loadFiles);
    button.type = "button";
    button.addEventListener("click", () => {
      button.disabled = true;
      button.textContent = words.loading;
      Promise.all(images.map((image) => Promise.all([fetched(image.name, "tree.json"), fetched(image.name, "contents.json")])))
        .then((read) => {
          const trees = read.map(([columns, more]) => new Files(columns, more));
          const parts = trees.slice(1).map((tree, at) => filesPart(images[0], trees[0], images[at + 1], tree));
          button.replaceWith(...parts);
          parts[0].tabIndex = -1;
          parts[0].focus({ preventScroll: true });
        })
        .catch((error) => {
          button.disabled = false;
          button.textContent = words.loadFiles;
          fail(error);
        });
    });
    made.appendChild(button);
    return made;
  }

  function filesPart(image, before, other, after) {
    const found = compareFiles(before, after);
    const made = element("div", "bx-beside__files");
    made.dataset.after = other.name;
    made.dataset.removed = String(found.removed.count);
    made.dataset.added = String(found.added.count);
    made.dataset.changed = String(found.changed.length);
    made.dataset.same = String(found.same);
    made.dataset.unsure = String(found.unsure);
    made.dataset.aspects = ASPECTS.map((aspect) => found.byAspect[aspect]).join(",");
    made.appendChild(element("h3", "", say(words.filesHead, { before: image.label, after: other.label })));
    made.appendChild(fileList("removed", say(words.onlyIn, { image: image.label, count: count(found.removed.count) }), found.removed.rows(), belowLine(image)));
    made.appendChild(fileList("added", say(words.onlyIn, { image: other.label, count: count(found.added.count) }), found.added.rows(), belowLine(other)));
    const aspects = ASPECTS.filter((aspect) => found.byAspect[aspect]).map((aspect) => words.aspects[aspect] + " " + count(found.byAspect[aspect]));
    made.appendChild(fileList("changed", say(words.differentFiles, { count: count(found.changed.length) }) + (aspects.length ? " (" + aspects.join(", ") + ")" : ""),
      found.changed.map((row) => Object.assign(row, { path: before.path(row.entry) })), (row) => {
        const li = pathItem(image, row.path);
        const parts = row.aspects.map((aspect) => {
          if (aspect === "mode") return before.kind(row.entry) + before.mode(row.entry) + " → " + after.kind(row.other) + after.mode(row.other);
          if (aspect === "owner") return before.owner(row.entry) + " → " + after.owner(row.other);
          if (aspect === "target") return (before.targets[row.entry] || "") + " → " + (after.targets[row.other] || "");
          if (aspect === "content") return human(before.sizes[row.entry]) + " → " + human(after.sizes[row.other]);
          return words.aspects[aspect];
        });
        li.appendChild(element("span", "bx-beside__more", parts.join(" · ")));
        return li;
      }));
    let rest = say(words.sameFiles, { count: count(found.same) });
    if (found.unsure) rest += ". " + say(words.unsure, { count: count(found.unsure) });
    made.appendChild(element("p", "bx-more", rest));
    return made;
  }

  function pathItem(image, path) {
    const li = element("li");
    li.dataset.path = path;
    const link = element("a", "bx-path");
    link.href = imagePage(image, "path=" + path.split("/").map(encodeURIComponent).join("/"));
    link.appendChild(element("code", "", path));
    li.appendChild(link);
    return li;
  }

  function belowLine(image) {
    return (row) => {
      const li = pathItem(image, row.path);
      li.dataset.count = String(row.count);
      const text = row.count > 1 || !row.whole ? say(words.entries, { count: count(row.count), size: human(row.size) }) : human(row.size);
      li.appendChild(element("span", "bx-beside__more", text));
      return li;
    };
  }

  function fileList(name, title, rows, lineOf) {
    const made = element("details", "bx-fold");
    made.dataset.list = name;
    made.appendChild(element("summary", "", title));
    const list = element("ul", "bx-beside__paths");
    made.appendChild(list);
    let shown = 0;
    const more = element("button", "bx-link");
    more.type = "button";
    const show = () => {
      const piece = rows.slice(shown, shown + 500).map(lineOf);
      shown += piece.length;
      list.append(...piece);
      more.textContent = say(words.showAll, { count: count(rows.length - shown) });
      more.hidden = shown >= rows.length;
    };
    made.addEventListener("toggle", () => { if (made.open && !shown) show(); });
    more.addEventListener("click", show);
    more.hidden = true;
    made.appendChild(more);
    return made;
  }

  function show(images, all) {
    const parts = [sizes(images, all), ...vulnerabilities(images), sheet(images, all), layers(images, all)];
    words.facets.forEach((one) => parts.push(facet(one, images, all)));
    parts.push(filesSection(images));
    results.replaceChildren(...parts);
    results.dataset.for = images.map((image) => image.name).join(",");
    status.textContent = say(words.shown, { images: images.map((image) => image.label).join(", ") });
  }

  function showPair(images) {
    pairPlace.replaceChildren();
    if (images.length === 2) {
      const [one, other] = images.map((image) => "images/" + image.name);
      document.querySelectorAll(".bx-beside__pairs a").forEach((pair) => {
        const there = pair.dataset.before === one && pair.dataset.after === other;
        const back = pair.dataset.before === other && pair.dataset.after === one;
        if (!there && !back) return;
        const labels = there ? images : [images[1], images[0]];
        const link = element("a", "", say(words.pairPage, { before: labels[0].label, after: labels[1].label }));
        link.href = pair.href;
        pairPlace.append(link, " ");
      });
    }
    pairPlace.hidden = !pairPlace.childNodes.length;
  }

  function fail(error) {
    status.textContent = location.protocol === "file:" ? words.file : say(words.failed, { reason: error.message });
  }

  function chosen() {
    const seen = new Set();
    return selects.filter((select) => select.value && !seen.has(select.value) && seen.add(select.value))
      .map((select) => ({
        name: select.value,
        label: select.selectedOptions[0].textContent,
        known: Array.from(selects[0].options).find((one) => one.value === select.value).dataset.known || "",
      }));
  }

  function refresh(problem) {
    const images = chosen();
    const mine = ++turn;
    const address = new URL(location.href);
    const names = images.map((image) => encodeURIComponent(image.name).replace(/%2F/g, "/")).join(",");
    address.search = names ? "?images=" + names : "";
    if (address.href !== location.href) history.replaceState(null, "", address.href);
    showPair(images);
    if (images.length < 2) {
      results.replaceChildren();
      delete results.dataset.for;
      status.textContent = (problem ? problem + " " : "") + (images.length ? words.pickAnother : words.pick);
      return;
    }
    status.textContent = words.loading;
    Promise.all(images.map((image) => fetched(image.name, "compare.json"))).then((all) => {
      if (mine !== turn) return;
      show(images, all);
      if (problem) status.textContent = problem + " " + status.textContent;
    }).catch((error) => { if (mine === turn) { results.replaceChildren(); fail(error); } });
  }

  function restore() {
    const wanted = (new URLSearchParams(location.search).get("images") || "").split(",").filter(Boolean).slice(0, selects.length);
    const problems = [];
    let at = 0;
    wanted.forEach((name) => {
      const option = Array.from(selects[0].options).find((one) => one.value === name);
      if (!option) problems.push(say(words.unknownImage, { name: name }));
      else if (option.disabled) problems.push(say(words.neverRecorded, { name: option.textContent }));
      else selects[at++].value = name;
    });
    refresh(problems.join(" "));
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  selects.forEach((select) => select.addEventListener("change", () => refresh("")));
  only.addEventListener("change", () => refresh(""));
  form.hidden = false;
  restore();
})();
