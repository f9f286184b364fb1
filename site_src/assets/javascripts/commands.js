/* The index of commands and the pages of single commands: filter rows by words and choices. The state lives in the
   address (?for=…&where=…). Without this script every row is shown. */
(function () {
  "use strict";

  function filters(tools, rows, fits, afterwards) {
    const counter = document.querySelector("[data-bx-count]");
    const empty = document.querySelector("[data-bx-empty]");
    const atFirst = Array.from(counter.childNodes);
    const inputs = {};
    tools.querySelectorAll("[data-bx]").forEach((input) => { inputs[input.dataset.bx] = input; });

    function values() {
      const result = {};
      for (const [name, input] of Object.entries(inputs)) {
        result[name] = input.type === "checkbox" ? (input.checked ? "1" : "") : input.value;
      }
      return result;
    }

    function refresh() {
      const wanted = values();
      let shown = 0;
      rows.forEach((row) => {
        row.hidden = !fits(row, wanted);
        shown += row.hidden ? 0 : 1;
      });
      if (shown === rows.length) counter.replaceChildren(...atFirst);
      else counter.textContent = counter.dataset.words.replace("{shown}", shown.toLocaleString()).replace("{total}", rows.length.toLocaleString());
      empty.hidden = shown > 0;
      afterwards();
      const query = new URLSearchParams(Object.entries(wanted).filter((one) => one[1]));
      const text = query.toString();
      history.replaceState(null, "", location.pathname + (text ? "?" + text : "") + location.hash);
    }

    const query = new URLSearchParams(location.search);
    for (const [name, input] of Object.entries(inputs)) {
      const wanted = query.get(name);
      if (wanted === null) continue;
      if (input.type === "checkbox") input.checked = wanted === "1";
      else if (input.tagName !== "SELECT" || Array.from(input.options).some((one) => one.value === wanted)) input.value = wanted;
    }
    Object.values(inputs).forEach((input) => input.addEventListener("input", refresh));
    empty.querySelector("[data-bx-reset]").addEventListener("click", () => {
      Object.values(inputs).forEach((input) => {
        if (input.type === "checkbox") input.checked = false;
        else input.value = "";
      });
      refresh();
      inputs.for.focus();
    });
    tools.hidden = false;
    refresh();
  }

  const index = document.querySelector("table.bx-commands");
  if (index) {
    const bodies = Array.from(index.tBodies);
    const rows = Array.from(index.querySelectorAll("tr[data-n]"));
    const wide = index.classList.contains("bx-commands--wide");
    const facts = new Map(rows.map((row) => {
      const kinds = wide
        ? Array.from(row.cells).slice(1).map((cell) => cell.className).filter((one) => one && one !== "q")
        : Array.from(row.dataset.k);
      return [row, { name: row.dataset.n.toLowerCase(), kinds: new Set(kinds), count: wide ? kinds.length : Number(row.dataset.c) }];
    }));
    const all = Number(index.dataset.all);
    const fits = function (row, wanted) {
      const one = facts.get(row);
      return wanted.for.toLowerCase().split(/\s+/).filter(Boolean).every((word) => one.name.includes(word))
        && (!wanted.where || (wanted.where === "all" ? one.count === all : wanted.where === "one" ? one.count === 1 : one.count < all))
        && (!wanted.provider || (wanted.provider === "differs" ? one.kinds.size > 1 : one.kinds.has(wanted.provider)))
        && (!wanted.trade || (row.dataset.t || "").split(",").includes(wanted.trade));
    };
    filters(document.querySelector("[data-bx-commands-tools]"), rows, fits, () => {
      bodies.forEach((body) => { body.hidden = !body.querySelector("tr[data-n]:not([hidden])"); });
    });
  }

  const options = document.querySelector("[data-bx-options]");
  if (options) {
    const rows = Array.from(options.rows);
    const fits = (row, wanted) => row.dataset.n.toLowerCase().includes(wanted.for.trim().toLowerCase())
      && (!wanted.differs || "d" in row.dataset);
    filters(document.querySelector("[data-bx-options-tools]"), rows, fits, () => {});
  }
})();
