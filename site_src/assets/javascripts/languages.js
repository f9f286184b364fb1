/* The links to the other languages keep what the address says beyond the page: the anchor, and a table's choices. */
(function () {
  "use strict";

  document.querySelectorAll(".bx-languages__link").forEach((link) => {
    const follow = () => { link.search = location.search; link.hash = location.hash; };
    ["pointerdown", "focus", "keydown", "click"].forEach((event) => link.addEventListener(event, follow));
  });
})();
