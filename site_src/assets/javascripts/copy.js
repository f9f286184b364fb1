/* A button beside each digest that copies it. Only where the browser allows it (HTTPS or this machine). */
(function () {
  "use strict";

  if (!navigator.clipboard) return;
  document.querySelectorAll(".bx-copy").forEach((place) => {
    const code = place.querySelector("code");
    if (!code) return;
    const button = document.createElement("button");
    button.type = "button";
    const words = place.dataset;
    button.textContent = words.copy;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(code.textContent).then(() => {
        button.textContent = words.copied;
        setTimeout(() => { button.textContent = words.copy; }, 1500);
      }, () => { button.textContent = words.refused; });
    });
    place.appendChild(button);
  });
})();
