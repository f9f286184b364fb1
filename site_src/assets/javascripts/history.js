/* How long ago a day is, from the reader's today: "2026-11-24 (3 days ago)". Pages have no clock and print only the
   date; without this script that is what stands there. */
(function () {
  "use strict";

  const DAY = 86400000;
  const language = document.documentElement.lang || "en";
  const spelled = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());

  function when(days) {
    return days <= 730 ? spelled.format(-days, "day") : spelled.format(-Math.trunc(days / 365.25), "year");
  }

  document.querySelectorAll("time[data-ago]").forEach((time) => {
    const days = Math.round((today - Date.parse(time.dateTime.slice(0, 10) + "T00:00:00Z")) / DAY);
    if (Number.isNaN(days) || days < 0) return;
    const label = document.createElement("span");
    label.className = "bx-ago";
    label.textContent = time.dataset.ago.replace("{when}", when(days)); // the page gives the words around it
    time.after(" ", label);
  });
})();
