/* How far away an end of life is, from the reader's today: "ends in 40 days", "ended 235 days ago". Pages have no clock
   and print only the date; without this script that is what stands there. */
(function () {
  "use strict";

  const DAY = 86400000;
  const SOON = 90;
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());

  const language = document.documentElement.lang || "en";
  const spelled = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const sameDay = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

  function when(days) {
    if (days === 0) return sameDay.format(0, "day");
    if (Math.abs(days) <= 730) return spelled.format(days, "day");
    return spelled.format(Math.trunc(days / 365.25), "year");
  }

  // The page gives the words around the distance: "ends {when}", "ended {when}".
  function words(days, data) {
    return (days < 0 ? data.ended : data.ending).replace("{when}", when(days));
  }

  document.querySelectorAll("time[data-ends]").forEach((time) => {
    const days = Math.round((Date.parse(time.dataset.ends + "T00:00:00Z") - today) / DAY);
    if (Number.isNaN(days)) return;
    time.classList.toggle("bx-ends--over", days < 0);
    time.classList.toggle("bx-ends--soon", days >= 0 && days <= SOON);
    const label = document.createElement("span");
    label.className = "bx-ends__when";
    label.textContent = words(days, time.dataset);
    time.after(" ", label);
  });
})();
