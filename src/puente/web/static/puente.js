// Niceties only: every page works without this file.
//   /      to the search field      j, k   to the next, the previous result
//   ?      what the keys do         Esc    close
// One-key shortcuts can be switched off (WCAG 2.2, success criterion 2.1.4).

const root = document.documentElement;
const keysOn = () => root.dataset.keys !== "off";
const typing = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));

function step(by) {
  const links = [...document.querySelectorAll("[data-walk] [data-stop]")];
  if (!links.length) return;
  const here = links.indexOf(document.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link.focus();
  link.scrollIntoView({ block: "nearest" });
}

const help = document.querySelector("#keys");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !keysOn() || typing(event.target)) return;
  if (event.key === "/") {
    const field = document.querySelector("[data-find]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "j") {
    step(1);
  } else if (event.key === "k") {
    step(-1);
  } else if (event.key === "?" && help) {
    event.preventDefault();
    help.showModal();
  } else if (/^[a-z]$/.test(event.key)) {
    document.querySelector(`[data-key="${event.key}"]`)?.click();
  }
});

for (const opener of document.querySelectorAll("[data-open-keys]")) {
  opener.hidden = false;
  opener.addEventListener("click", () => help?.showModal());
}

// Language, theme and keys are a form; with scripts the theme changes without a new page.
for (const form of document.querySelectorAll("form[data-theme-form]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name !== "theme") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    body.set("theme", button.value);
    const order = form.dataset.themeForm.split(" ");
    if (button.value === "auto") delete root.dataset.theme;
    else root.dataset.theme = button.value;
    button.value = order[(order.indexOf(button.value) + 1) % order.length];
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  });
}

// A form that takes a while says so, once, to everyone.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    form.setAttribute("aria-busy", "true");
    const note = document.querySelector("#busy");
    if (note) note.textContent = form.dataset.busy;
  });
}

// A choice that only narrows what is shown is applied at once; its button stays for those without.
for (const field of document.querySelectorAll("select[data-apply]")) {
  field.addEventListener("change", () => field.form?.requestSubmit());
}

// A slider over the days of a list: it moves the list, and the page follows once it rests. Where the
// reader was, and that the slider had the focus, survives the new page.
const SLID = "puente-slid";
for (const bar of document.querySelectorAll("[data-slide]")) {
  const list = document.getElementById(bar.dataset.slide);
  const range = bar.querySelector("input[type=range]");
  const shown = bar.querySelector("output");
  const days = [...list.querySelectorAll("option[data-day]")].reverse();
  let rest = 0;
  bar.hidden = false;
  range.addEventListener("input", () => {
    const day = days[Number(range.value)];
    day.selected = true;
    shown.textContent = day.dataset.day;
    range.setAttribute("aria-valuetext", day.dataset.day);
    clearTimeout(rest);
    rest = setTimeout(() => {
      sessionStorage.setItem(SLID, JSON.stringify([location.pathname, scrollY]));
      list.form.requestSubmit();
    }, 400);
  });
  const [path, top] = JSON.parse(sessionStorage.getItem(SLID) ?? "[]");
  sessionStorage.removeItem(SLID);
  if (path === location.pathname) {
    range.focus({ preventScroll: true });
    scrollTo({ top, behavior: "instant" });
  }
}

// Details that the address names are opened, so that a link to evidence shows it.
function openTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  if (target) target.closest("details")?.setAttribute("open", "");
}
addEventListener("hashchange", openTarget);
openTarget();

// Print shows all evidence that is folded away on the screen.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    fold.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("details[data-folded]")) {
    fold.open = false;
    delete fold.dataset.folded;
  }
});
