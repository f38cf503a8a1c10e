// Two sheets: the keys of the page, and the palette, which goes to a page, a person or a verb by its name.
// Comforts only. Everything they lead to has a link or a button of its own.
(function () {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const { controls, nameOf, press, letterOf } = window.rekindle;

  const line = (name, key) => {
    const row = document.createElement("li");
    const word = document.createElement("span");
    word.textContent = name;
    const mark = document.createElement("kbd");
    mark.textContent = key.length === 1 ? key.toUpperCase() : key;
    row.append(word, mark);
    return row;
  };
  const openHelp = () => {
    const dialog = byId("keys-help");
    if (!dialog || dialog.open) return;
    const here = controls().map((one) => line(nameOf(one), one.dataset.key));
    byId("keys-here").replaceChildren(...here);
    byId("keys-nothing-here").hidden = here.length > 0;
    dialog.showModal();
  };
  const openPalette = () => {
    const dialog = byId("palette");
    if (!dialog) return;
    if (dialog.open) return dialog.close();
    document.querySelectorAll("dialog[open]").forEach((other) => other.close());
    dialog.showModal();
    const typed = byId("palette-words");
    typed.value = "";
    typed.focus();
    window.htmx.trigger(typed, "look");
    offerVerbs();
  };
  // What can be done on this page stands in the page; the server adds pages, people and accounts.
  const offerVerbs = () => {
    const words = byId("palette-words").value.trim().toLowerCase();
    const fitting = controls().filter((one) => nameOf(one).toLowerCase().includes(words));
    byId("palette-here").hidden = fitting.length === 0;
    byId("palette-verbs").replaceChildren(...fitting.map((one) => {
      const [row, button] = [document.createElement("li"), document.createElement("button")];
      button.type = "button";
      button.className = "palette-one";
      button.append(...line(nameOf(one), one.dataset.key).childNodes);
      button.addEventListener("click", () => {
        byId("palette").close();
        press(one);
      });
      row.append(button);
      return row;
    }));
  };
  byId("palette-words")?.addEventListener("input", offerVerbs);
  byId("palette")?.addEventListener("keydown", (event) => {
    const found = [...event.currentTarget.querySelectorAll(".palette-one")].filter((one) => one.checkVisibility());
    const at = found.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0 && event.target.id === "palette-words") {
      event.preventDefault();
      found[0]?.click();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const to = at + (event.key === "ArrowDown" ? 1 : -1);
    (found[to] || byId("palette-words")).focus();
  });
  // An answer that comes while the arrow keys are among the results leaves the focus on the same one.
  let among = "";
  byId("palette")?.addEventListener("htmx:beforeSwap", () => {
    const on = document.activeElement;
    // A second answer may come before the first one has settled: then the focus is on nothing for a moment.
    among = on?.closest("a.palette-one")?.href || (on === document.body ? among : "");
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!among || !byId("palette").open) return;
    ([...byId("palette").querySelectorAll("a.palette-one")].find((one) => one.href === among) || byId("palette-words")).focus();
    among = "";
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openPalette();
    }
    const letter = letterOf(event);
    if (letter === "?") return openHelp();
    if (letter !== "/") return;
    const search = document.querySelector("main input[type=search]");
    event.preventDefault();
    if (search) search.focus();
    else openPalette();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) ({ help: openHelp, palette: openPalette })[opener.dataset.opens]();
    // A press beside a dialog closes it.
    if (event.target.matches("dialog.sheet")) event.target.close();
  });
})();
