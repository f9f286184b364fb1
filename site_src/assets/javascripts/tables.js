/* The theme wraps the tables of hand-written pages in boxes that scroll sideways when they must. One that scrolls can
   then be reached with the Tab key and moved with the arrow keys; it is named after the heading above it. */
(function () {
  "use strict";

  function reach(box) {
    if (box.scrollWidth <= box.clientWidth) {
      ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      return;
    }
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    const above = Array.from(document.querySelectorAll(".md-content :is(h1, h2, h3, h4)"))
      .filter((heading) => heading.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
    const heading = above.length ? above[above.length - 1].firstChild : null;
    if (heading) box.setAttribute("aria-label", heading.textContent.trim());
  }

  // The theme's own script makes the boxes, when the document is ready.
  window.addEventListener("load", () => {
    const sizes = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
    document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset__table").forEach((box) => sizes.observe(box));
  });
})();
