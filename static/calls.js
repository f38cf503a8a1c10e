// A call from this page: its minutes count from the press on the number. Comforts only.
(function () {
  "use strict";

  const begun = () => `rekindle-call${location.pathname}`;

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-dials]")) return;
    window.sessionStorage.setItem(begun(), String(Date.now()));
    // Whoever comes back from the telephone finds what there is to press.
    document.getElementById("after")?.scrollIntoView({ block: "start" });
  });
  document.addEventListener("visibilitychange", () => {
    const since = Number(window.sessionStorage.getItem(begun()));
    const minutes = document.querySelector("#after [name=minutes]");
    if (document.hidden || !since || !minutes || minutes.dataset.typed) return;
    minutes.value = String(Math.min(480, Math.max(1, Math.round((Date.now() - since) / 60000))));
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("#after [name=minutes]")) event.target.dataset.typed = "yes";
  });
  document.addEventListener("submit", (event) => {
    if (event.target.closest("#after")) window.sessionStorage.removeItem(begun());
  });
})();
