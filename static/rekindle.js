// Comforts only: every page works without this file.
(function () {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const say = (text) => {
    const region = byId("announce");
    if (region) region.textContent = text;
  };

  // After a swap the keyboard goes on from what is new: the marked element, else the first heading.
  document.addEventListener("htmx:afterSettle", (event) => {
    const region = event.detail.elt;
    const active = document.activeElement;
    // In the palette the arrow keys lead, while answers come in.
    if (region.closest("#palette")) return;
    if (!region.isConnected || (active && active !== document.body && active.isConnected && !region.contains(active))) return;
    if (region.contains(active) && active.matches("input, select, textarea")) return;
    const heading = region.querySelector("[data-focus]") || region.querySelector("h1, h2");
    if (!heading) return;
    if (!heading.hasAttribute("tabindex")) heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: false });
  });

  // A failed request is said in words and stays until the next one works.
  const trouble = (hidden) => {
    const notice = byId("trouble");
    if (notice) notice.hidden = hidden;
  };
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => {
    document.addEventListener(name, (event) => {
      // Nobody pressed anything for what a page asks by itself.
      if (event.detail.elt?.matches?.("[data-while-visible]")) return;
      trouble(false);
      byId("trouble")?.scrollIntoView({ block: "nearest" });
    });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.isError) trouble(true);
  });

  // What a page asks by itself, it asks only while somebody may be looking at it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.matches("[data-while-visible]")) event.preventDefault();
  });

  // A form sent twice by a double press goes out once; the server would refuse the second anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sending) event.preventDefault();
    form.dataset.sending = "yes";
    window.setTimeout(() => delete form.dataset.sending, 8000);
    say("Sending");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sending]").forEach((form) => delete form.dataset.sending);
  });

  // On a narrow screen tabs scroll sideways; the one that is shown is in sight.
  const showTab = () => document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
    const tabs = tab.parentElement;
    if (tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - 24;
  });
  showTab();
  document.addEventListener("htmx:afterSettle", showTab);

  // Menus close on Escape (focus returns to the summary) and on a press elsewhere; panels of an item on Escape.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement.closest("details[data-menu][open], details.action[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  // A panel that the keyboard opened goes on at what is chosen in it, so that Enter is enough.
  document.addEventListener("toggle", (event) => {
    const panel = event.target;
    if (!panel.open || !panel.matches("details.action") || !panel.querySelector(":scope > summary:focus-visible")) return;
    const chosen = panel.querySelector(".action-panel :checked:is([type=radio])");
    const first = chosen || panel.querySelector(".action-panel :is(summary, select, textarea, input:not([type=hidden]))");
    if (first) first.focus();
  }, true);
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
})();
