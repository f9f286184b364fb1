/* How far away an end of life is, from the reader's today: "ends in 40 days", "ended 235 days ago". Pages have no clock
   and print only the date; without this script that is what stands there. */
(function () {
  "use strict";

  const DAY = 86400000;
  const SOON = 90;
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());

  function distance(days) {
    if (days < 2) return days === 1 ? "1 day" : days + " days";
    if (days <= 730) return days + " days";
    return Math.floor(days / 365.25) + " years";
  }

  function words(days) {
    if (days === 0) return "ends today";
    return days > 0 ? "ends in " + distance(days) : "ended " + distance(-days) + " ago";
  }

  document.querySelectorAll("time[data-ends]").forEach((time) => {
    const days = Math.round((Date.parse(time.dataset.ends + "T00:00:00Z") - today) / DAY);
    if (Number.isNaN(days)) return;
    time.classList.toggle("bx-ends--over", days < 0);
    time.classList.toggle("bx-ends--soon", days >= 0 && days <= SOON);
    const label = document.createElement("span");
    label.className = "bx-ends__when";
    label.textContent = words(days);
    time.after(" ", label);
  });
})();
