/* Where the site is published in versions: a list of them in the header, and a word on pages of an old one.
   The page says where the list is (data-versions on its html element); in a site without versions it says nothing.
   The list is mike's versions.json: [{version, title, aliases, properties}], newest first. */
(function () {
  "use strict";

  const words = document.querySelector("[data-bx-versions]");
  const root = document.documentElement.dataset.versions;
  if (!words || !root) return;
  const base = new URL(root, location.href);
  const [here, ...rest] = location.pathname.slice(base.pathname.length).split("/");
  const page = rest.join("/");

  fetch(new URL("versions.json", base))
    .then((answer) => (answer.ok ? answer.json() : []))
    .then(show)
    .catch(() => {}); // the page is whole without it

  function show(versions) {
    const current = versions.find((one) => one.version === here || one.aliases.includes(here));
    const latest = versions.find((one) => one.aliases.includes("latest"));
    if (!current) return;
    list(versions.filter((one) => !(one.properties && one.properties.hidden)), current);
    if (!latest || latest === current) return;
    words.querySelector("[data-bx-version]").textContent = current.title;
    lead(words.querySelector("a"), "latest");
    words.hidden = false;
  }

  function list(versions, current) {
    const topic = document.querySelector(".md-header__topic");
    if (!topic) return;
    const box = element("div", "md-version");
    const button = element("button", "md-version__current", current.title);
    button.type = "button";
    button.setAttribute("aria-label", `${words.dataset.bxVersions}: ${current.title}`);
    const items = element("ul", "md-version__list");
    for (const one of versions) {
      const link = element("a", "md-version__link", one.title);
      if (one === current) link.setAttribute("aria-current", "true");
      for (const alias of one.aliases) link.append(element("span", "md-version__alias", alias));
      lead(link, one.aliases.includes("latest") ? "latest" : one.version);
      const item = element("li", "md-version__item");
      item.append(link);
      items.append(item);
    }
    box.append(button, items);
    topic.append(box);
  }

  // A link to a version goes to the page that the reader is on, where that version has it.
  function lead(link, version) {
    const front = new URL(`${version}/`, base);
    const same = new URL(page, front);
    link.href = front;
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      same.search = location.search;
      same.hash = location.hash;
      fetch(same, { method: "HEAD" })
        .then((answer) => answer.text().then(() => location.assign(answer.ok ? same : front)))
        .catch(() => location.assign(front));
    });
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }
})();
