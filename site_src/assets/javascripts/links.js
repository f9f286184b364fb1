/* Snippets name the address at which the site is being read, where the site does not know its own. */
(function () {
  "use strict";

  const end = "permalink/";
  document.querySelectorAll("[data-bx-public]").forEach((place) => {
    const there = new URL(place.dataset.bxPublic, location.href).href;
    if (!/^https?:/.test(there) || !there.endsWith(end)) return;
    const site = there.slice(0, -end.length);
    place.querySelectorAll("code").forEach((code) => {
      code.textContent = code.textContent.split(place.dataset.bxSite).join(site);
    });
    place.querySelectorAll("[data-bx-unless-known]").forEach((note) => note.remove());
  });
})();
