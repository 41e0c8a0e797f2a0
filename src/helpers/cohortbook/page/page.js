// Answers are sent as they are given, and what came of them takes the place of what was shown.
// Without this file the page works with a button beside each question.
"use strict";
document.documentElement.classList.add("js");

const page = () => document.getElementById("page");
let sending = Promise.resolve();

function show(text, focus) {
  const made = new DOMParser().parseFromString(text, "text/html");
  const fresh = made.getElementById("page");
  if (!fresh) return;
  const open = [...document.querySelectorAll("details[open]")].map((d) => detailsKey(d));
  const top = window.scrollY;
  const scrolled = document.querySelector(".table-scroll")?.scrollLeft ?? 0;
  const said = document.getElementById("said");
  const freshSaid = fresh.querySelector("#said");
  said.className = freshSaid.className;
  said.setAttribute("role", freshSaid.getAttribute("role"));
  said.textContent = "";
  said.textContent = freshSaid.textContent;
  for (const part of ["header", "main"]) {
    page().querySelector(part).replaceWith(fresh.querySelector(part));
  }
  for (const d of document.querySelectorAll("details")) if (open.includes(detailsKey(d))) d.open = true;
  const table = document.querySelector(".table-scroll");
  if (table) table.scrollLeft = scrolled;
  window.scrollTo(0, top);
  const back = focus && document.getElementById(focus);
  if (back && !back.disabled) back.focus({ preventScroll: true });
  watch();
}

function detailsKey(d) {
  const owner = d.closest("[id]");
  const row = d.closest("tr")?.querySelector("th")?.textContent ?? "";
  return `${owner?.id}|${row}|${d.querySelector("summary").textContent}`;
}

async function send(form) {
  const focus = document.activeElement?.id;
  const said = document.getElementById("said");
  said.className = "said busy";
  said.textContent = "Working …";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    show(await answer.text(), focus);
    if (form.action.endsWith("/end")) document.title = "Ended";
  } catch {
    said.className = "said wrong";
    said.textContent = "This page has ended: start the command again.";
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  sending = sending.then(() => (form.isConnected ? send(form) : undefined));
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.answer");
  const own = form?.querySelector('[name="own"]');
  if (own && event.target !== own) own.value = "";
  if (form) form.requestSubmit();
});

let watching = false;
async function watch() {
  if (watching || !document.querySelector('[data-running="yes"]')) return;
  watching = true;
  try {
    for (;;) {
      await new Promise((done) => setTimeout(done, 700));
      const text = await (await fetch("run")).text();
      const run = document.getElementById("run");
      run.innerHTML = text;
      const lines = run.querySelector(".lines");
      if (lines) lines.scrollTop = lines.scrollHeight;
      if (!run.querySelector('[data-running="yes"]')) break;
    }
    show(await (await fetch(".")).text(), document.activeElement?.id);
  } catch {
    document.getElementById("said").textContent = "This page has ended: start the command again.";
  } finally {
    watching = false;
  }
}
watch();
