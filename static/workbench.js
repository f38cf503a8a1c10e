// The workbench: keys, the next item before it is asked for, undo while it can be, and nothing typed that is lost.
// Comforts only. Every control works without this file; its key is the one in its data-key.
(function () {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const say = (text) => {
    const region = byId("announce");
    if (region) region.textContent = text;
  };
  const item = () => byId("item");
  const verbs = () => byId("item-verbs");
  const keysOff = () => document.body.dataset.keys === "off";
  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  const headers = (more) => ({ "HX-Request": "true", "HX-Current-URL": location.href, "X-CSRFToken": token(), ...more });

  // ---- Turning to another item -------------------------------------------------------------------------------------
  // What comes next is fetched while one reads. It is painted at once when its turn comes; then the server is asked for
  // it in earnest, and until it has answered nothing can be decided: the answer knows who else has it open.
  const FRESH_MS = 60000;
  // A key held or pressed twice must not decide an item that nobody can have read.
  const READ_MS = 300;
  const fetched = new Map();
  let turning = null;

  const page = (html) => new DOMParser().parseFromString(html, "text/html");
  const turn = (way) => item()?.querySelector(`[data-turn="${way}"]`);
  const busy = () => Boolean(item()?.dataset.busy);

  const prefetch = async (url) => {
    const known = fetched.get(url);
    if (known && performance.now() - known.at < FRESH_MS) return;
    try {
      const answer = await fetch(url, { headers: headers({ "X-Prefetch": "1" }) });
      if (!answer.ok || answer.redirected || answer.headers.get("HX-Redirect")) return;
      fetched.set(url, { html: await answer.text(), at: performance.now() });
    } catch {
      // Without it the next item only takes a moment longer.
    }
  };
  const lookAhead = () => {
    const next = turn("next");
    if (!next || navigator.connection?.saveData) return;
    (window.requestIdleCallback || window.setTimeout)(() => prefetch(next.href));
  };
  const kept = (url) => {
    const known = fetched.get(url);
    fetched.delete(url);
    return known && performance.now() - known.at < FRESH_MS ? page(known.html) : null;
  };

  const place = (fresh, old) => {
    fresh.removeAttribute("hx-swap-oob");
    const scrolled = byId("worklist")?.scrollTop;
    old.replaceWith(fresh);
    window.htmx.process(fresh);
    if (scrolled && byId("worklist")) byId("worklist").scrollTop = scrolled;
  };
  const paint = (shown) => {
    place(shown.getElementById("item"), item());
    if (shown.title) document.title = shown.title;
    window.scrollTo(0, 0);
    item().querySelector("h1").focus({ preventScroll: true });
    inSight();
  };
  // The answer for an item that is painted already changes only what may differ; words being read stay as they are.
  // A short answer is about that item and has nothing but such parts.
  const MAY_DIFFER = ["item-news", "item-claim", "item-verbs", "worklist", "messages", "undo"];
  const settle = (shown) => {
    const [fresh, now] = [shown.getElementById("item"), item()];
    const same = !fresh || now.dataset.item === fresh.dataset.item && now.dataset.fingerprint === fresh.dataset.fingerprint;
    if (fresh && (!same || !now.dataset.busy)) paint(shown);
    const inList = byId("worklist")?.contains(document.activeElement);
    MAY_DIFFER.forEach((id) => {
      const [part, there] = [shown.getElementById(id), byId(id)];
      if (part && there) place(part, there);
    });
    if (inList) byId("worklist")?.querySelector("[aria-current]")?.focus();
    delete item().dataset.busy;
    dress();
  };
  const remember = (url) => {
    window.history.replaceState({ htmx: true }, "", location.href);
    window.history.pushState({ htmx: true }, "", url);
  };
  const trouble = (there) => {
    const notice = byId("trouble");
    if (!notice) return;
    notice.hidden = !there;
    if (there) notice.scrollIntoView({ block: "nearest" });
  };

  // A page that was fetched ahead is open from now on: the server notes it, and says who else has it open. Where it
  // knows another text by now, the page is asked for again.
  const seen = async (signal) => {
    const there = item();
    const body = new URLSearchParams({ fingerprint: there.dataset.fingerprint });
    const answer = await fetch(there.dataset.seen, { method: "POST", body, headers: headers(), signal });
    if (answer.status !== 200 || answer.headers.get("HX-Redirect")) return false;
    const claim = page(await answer.text()).getElementById("item-claim");
    if (claim && byId("item-claim")) place(claim, byId("item-claim"));
    delete there.dataset.busy;
    dress();
    return true;
  };
  // While an answer about an item is on its way, another item waits for it, and so does Undo; where the answer has to be
  // read first, neither comes by itself.
  let wanted = null;
  const answering = () => ["deciding", "sending"].includes(item()?.dataset.busy);
  const afterwards = (act) => {
    wanted = act;
    say("One moment. The answer is on its way.");
  };
  const onward = () => {
    const act = wanted;
    wanted = null;
    if (act && !item().querySelector("[role=alert]")) act();
  };
  const takeBack = () => byId("undo")?.querySelector("form")?.requestSubmit();
  const goTo = async (url) => {
    if (answering()) return afterwards(() => url === location.href || goTo(url));
    release();
    turning?.abort();
    const { signal } = (turning = new AbortController());
    const painted = kept(url);
    if (painted) {
      remember(url);
      paint(painted);
    }
    item().dataset.busy = "turning";
    try {
      if (painted && (await seen(signal))) return;
      const answer = await fetch(url, { headers: headers(), signal });
      if (!answer.ok || answer.headers.get("HX-Redirect")) return location.assign(url);
      if (!painted) remember(url);
      settle(page(await answer.text()));
    } catch (problem) {
      if (problem.name !== "AbortError") location.assign(url);
    }
  };

  // A form with data-turns leads to the next item. Where that one was fetched, it is on the screen before the answer is;
  // should the answer be a refusal, the item that was refused comes back with the reason.
  const decideAndTurn = async (form, next) => {
    const [from, before, titled, painted] = [location.href, item(), document.title, next && kept(next)];
    const there = painted?.getElementById("item").dataset;
    const sent = fetch(form.getAttribute("action"), {
      method: "POST", body: new URLSearchParams(new FormData(form)),
      headers: headers(there && { "X-Painted": `${there.item} ${there.fingerprint}` }),
    });
    const readable = painted && new Promise((done) => window.setTimeout(done, READ_MS));
    if (painted) {
      remember(next);
      paint(painted);
    }
    item().dataset.busy = "deciding";
    say("Sending");
    try {
      const answer = await sent;
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere?.includes("/login/")) window.rekindle.shelve(form, new URL(from).pathname);
      if (elsewhere) return location.assign(elsewhere);
      if (!answer.ok) throw new Error(String(answer.status));
      const shown = page(await answer.text());
      const pushed = new URL(answer.headers.get("HX-Push-Url") || from, from).href;
      await readable;
      if (painted && pushed !== location.href) window.history.replaceState({ htmx: true }, "", pushed);
      if (!painted && pushed !== from) remember(pushed);
      if (!painted) delete item().dataset.busy;
      settle(shown);
      trouble(false);
      const word = byId("messages")?.textContent.trim();
      if (word) say(word);
      onward();
    } catch {
      window.history.replaceState({ htmx: true }, "", from);
      delete before.dataset.busy;
      if (painted) {
        item().replaceWith(before);
        document.title = titled;
        before.querySelector("h1").focus({ preventScroll: true });
      }
      wanted = null;
      trouble(true);
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const turns = form.matches("form[data-turns]") && item();
    const undoes = byId("undo")?.contains(form) && answering();
    // Pressed again while it is being answered, or before the server knows that the item is open.
    const early = busy() && (turns || verbs()?.contains(form));
    // What is saved need not be kept as well.
    if (!early && form.matches("[data-keep]")) delete form.dataset.dirty;
    if (!turns && !early && !undoes) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // What Undo names on the screen is not yet what was approved last.
    if (undoes) afterwards(takeBack);
    else if (!early) keptThenDecided(form);
  }, true);
  // What was typed into the text reaches the server before anything is decided about it.
  const keptThenDecided = async (form) => {
    item().dataset.busy = "deciding";
    await keep();
    delete item().dataset.busy;
    if (editForm()?.dataset.dirty) trouble(true);
    else decideAndTurn(form, turn("next")?.href);
  };
  // What htmx sends about the item has the same right to its answer.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id !== "item") return;
    turning?.abort();
    event.detail.target.dataset.busy = "sending";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target?.id !== "item") return;
    delete event.detail.target.dataset.busy;
    if (event.detail.successful) return onward();
    wanted = null;
    if (editForm()) editForm().dataset.dirty = "yes";
  });
  document.addEventListener("click", (event) => {
    // The second press of a double click would land on the item that has just come.
    if (event.detail > 1 && event.target.closest("#item-verbs button[type=submit]")) event.preventDefault();
    const link = event.target.closest("a[data-turn], .worklist a");
    if (!link || !item() || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goTo(link.href);
  });

  // ---- Keys --------------------------------------------------------------------------------------------------------
  const TYPED = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])";
  const nameOf = (control) => {
    const copy = control.cloneNode(true);
    copy.querySelectorAll("kbd, svg, .tally").forEach((part) => part.remove());
    return (control.getAttribute("aria-label") || copy.textContent).replace(/\s+/g, " ").trim();
  };
  const controls = () => [...document.querySelectorAll("[data-key]")].filter((one) => !one.closest("dialog"));
  const controlOf = (key) => controls().find((one) => one.dataset.key === key);

  const press = (control) => {
    if (verbs()?.contains(control) && item().dataset.busy) return say("One moment. The next item is being opened.");
    const more = document.querySelector(".more-verbs");
    if (more && !control.checkVisibility()) more.open = true;
    if (control.matches("summary")) control.focus();
    control.click();
    // At once, and not when the browser says that it opened: the next key may already be on its way.
    const panel = control.matches("summary") && control.parentElement.open && control.nextElementSibling;
    if (panel) (panel.querySelector(":checked:is([type=radio])") || panel.querySelector("select, textarea, input:not([type=hidden])"))?.focus();
  };
  // The letter that was pressed as a key of the page, nothing while one types or a sheet is open.
  const letterOf = (event) => {
    if (keysOff() || event.target.matches?.(TYPED) || event.ctrlKey || event.metaKey || event.altKey) return "";
    if (event.repeat || event.defaultPrevented || document.querySelector("dialog[open]")) return "";
    return event.key.length === 1 && !(event.shiftKey && event.key !== "?") ? event.key.toLowerCase() : "";
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches?.(TYPED)) {
      const form = event.target.closest("#item-verbs form");
      if (form) event.preventDefault();
      return form?.requestSubmit(form.querySelector("button[type=submit]"));
    }
    const letter = letterOf(event);
    if (letter === "u" && answering()) return afterwards(takeBack);
    const control = letter && controlOf(letter);
    if (!control) return;
    event.preventDefault();
    press(control);
  });
  Object.assign(window.rekindle, { controls, nameOf, press, letterOf });

  // ---- Undo --------------------------------------------------------------------------------------------------------
  const countDown = () => {
    const region = byId("undo");
    const left = region?.querySelector("[data-seconds]");
    if (!left) return;
    if (!left.dataset.until) left.dataset.until = String(Date.now() + 1000 * Number(left.dataset.seconds));
    const seconds = Math.ceil((Number(left.dataset.until) - Date.now()) / 1000);
    if (seconds <= 0) return region.replaceChildren();
    if (left.textContent.includes(" in ")) left.textContent = `Leaves in ${seconds} s.`;
  };
  window.setInterval(countDown, 1000);

  // ---- Nothing typed is lost ---------------------------------------------------------------------------------------
  const KEEP_MS = 800;
  let keeping = 0;
  let underWay = Promise.resolve();
  const editForm = () => document.querySelector("form[data-keep]");
  const keep = () => (underWay = underWay.then(keepNow));
  const keepNow = async () => {
    const form = editForm();
    window.clearTimeout(keeping);
    if (!form?.dataset.dirty) return;
    delete form.dataset.dirty;
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: headers() });
      const word = answer.ok && page(await answer.text()).getElementById("kept");
      if (word && byId("kept")) place(word, byId("kept"));
    } catch {
      form.dataset.dirty = "yes";
    }
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (!form) return;
    form.dataset.dirty = "yes";
    window.clearTimeout(keeping);
    keeping = window.setTimeout(keep, KEEP_MS);
  });
  const release = () => {
    const form = editForm();
    if (form?.dataset.dirty) navigator.sendBeacon(form.dataset.keep, new URLSearchParams(new FormData(form)));
    const claim = document.querySelector("[data-claim]");
    // One that was only fetched ahead has nothing to give back.
    if (!claim?.dataset.claimed) return;
    const [owner] = item() ? item().querySelectorAll("[name=csrfmiddlewaretoken]") : [];
    const left = { release: "1", claimed: claim.dataset.claimed || "", csrfmiddlewaretoken: owner?.value || token() };
    navigator.sendBeacon(claim.dataset.claim, new URLSearchParams(left));
  };
  window.addEventListener("pagehide", release);
  // A page that the browser had kept shows what was true when it was left, and nobody knows that it is open again.
  window.addEventListener("pageshow", (event) => event.persisted && item() && location.reload());
  // The page says that it is still open; the answer is who else has it open, if anybody.
  const CLAIM_MS = 40000;
  window.setInterval(async () => {
    const there = byId("item-claim");
    // Whoever is talking to somebody may have another window in front.
    if (!there?.dataset.claim || document.hidden && item() || busy()) return;
    try {
      const answer = await fetch(there.dataset.claim, { method: "POST", headers: headers() });
      const word = answer.ok && !answer.redirected && page(await answer.text()).getElementById("item-claim");
      if (word && there.isConnected && !there.contains(document.activeElement)) place(word, there);
    } catch {
      // The lease runs out by itself where the server cannot be reached.
    }
  }, CLAIM_MS);
  document.addEventListener("visibilitychange", () => document.hidden && keep());

  // ---- Whatever came onto the screen -------------------------------------------------------------------------------
  const inSight = () => {
    const [list, current] = [byId("worklist"), byId("worklist")?.querySelector("[aria-current]")];
    if (!current) return;
    const [top, bottom] = [current.offsetTop - list.offsetTop, current.offsetTop - list.offsetTop + current.offsetHeight];
    if (top < list.scrollTop || bottom > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 2;
  };
  const dress = () => {
    document.querySelectorAll("[data-opens][hidden]").forEach((opener) => (opener.hidden = false));
    inSight();
    countDown();
    lookAhead();
  };
  document.addEventListener("htmx:afterSettle", dress);
  dress();
})();
