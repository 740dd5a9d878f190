"use strict";
{
  const figures = [...document.querySelectorAll("svg [data-s]")];
  const buttons = [...document.querySelectorAll(".legend button")];
  const names = new Set([...figures, ...buttons].map(one => one.dataset.s));
  const rows = [...document.querySelectorAll("tbody tr")].filter(row => names.has(row.cells[0].textContent));
  for (const row of rows) row.dataset.s = row.cells[0].textContent;
  const marked = [...figures, ...buttons, ...rows];
  let pinned;
  const show = name => {
    document.body.classList.toggle("picked", name !== undefined);
    for (const one of marked) one.classList.toggle("on", one.dataset.s === name);
  };
  const pin = name => {
    pinned = name === pinned ? undefined : name;
    for (const one of buttons) one.setAttribute("aria-pressed", one.dataset.s === pinned);
    show(pinned);
  };
  const of = target => target?.closest?.("[data-s]")?.dataset.s;
  document.addEventListener("pointerover", event => show(of(event.target) ?? pinned));
  document.addEventListener("focusin", event => show(of(event.target) ?? pinned));
  document.addEventListener("focusout", event => show(of(event.relatedTarget) ?? pinned));
  document.addEventListener("click", event => of(event.target) && pin(of(event.target)));
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && pinned !== undefined) pin(pinned);
    const at = buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    buttons.at((at + step) % buttons.length).focus();
  });
  for (const one of buttons) one.disabled = false;
  for (const one of document.querySelectorAll("[hidden].scripted")) one.hidden = false;
}
