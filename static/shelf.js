// A sign-in that ran out: what was in the form goes with the person to the sign-in and comes back with them. It stays in
// this browser window, and is gone as soon as it is back in its form.
(function () {
  "use strict";

  const SHELF = "rekindle-form";
  const SECRET = ["csrfmiddlewaretoken", "fingerprint"];
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, elt, requestConfig } = event.detail;
    if (!(xhr.getResponseHeader("HX-Redirect") || "").includes("/login/") || requestConfig.verb !== "post") return;
    if (elt.closest("form")) shelve(elt.closest("form"), location.pathname);
  });
  const shelve = (form, path) => {
    const fields = [...new FormData(form)].filter(([name, value]) => !SECRET.includes(name) && typeof value === "string");
    window.sessionStorage.setItem(SHELF, JSON.stringify({ path, action: new URL(form.action).pathname, fields }));
  };
  const unshelve = () => {
    const shelved = JSON.parse(window.sessionStorage.getItem(SHELF) || "null");
    if (!shelved || shelved.path !== location.pathname) return;
    window.sessionStorage.removeItem(SHELF);
    const form = [...document.forms].find((one) => one.method === "post" && new URL(one.action).pathname === shelved.action);
    if (!form) return;
    shelved.fields.forEach(([name, value]) => {
      const field = form.elements[name];
      if (field && field.type !== "hidden" && field.type !== "submit") field.value = value;
    });
    const panel = form.closest("details");
    if (panel) panel.open = true;
    const region = document.getElementById("announce");
    if (region) region.textContent = "What you had typed is back.";
  };

  window.rekindle = { shelve };
  unshelve();
})();
