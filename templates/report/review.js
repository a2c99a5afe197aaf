"use strict";

// A link to a customer opens its story in a dialog; without a story, or with a key held down, it is a plain link.
const dialog = document.querySelector("dialog");
const [storyName, storyBrief, storyParts] = ["h3", "p", ".parts"].map((one) => dialog.querySelector(one));
const storyRow = dialog.querySelector("a");

function openStory(place) {
  const parts = document.getElementById(`k${place}`);
  if (!parts) return false;
  const [name, ...brief] = parts.previousElementSibling.cloneNode(true).childNodes;
  storyName.textContent = name.textContent;
  storyBrief.replaceChildren(...brief);
  storyParts.replaceChildren(...parts.cloneNode(true).childNodes);
  storyRow.href = `#c${place}`;
  dialog.showModal();
  dialog.scrollTop = 0;
  return true;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (event.target === dialog) dialog.close();
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (dialog.contains(link)) dialog.close();
  else if (/^#[ck]\d+$/.test(link.hash) && openStory(link.hash.slice(2))) event.preventDefault();
});
dialog.querySelector("button").addEventListener("click", () => dialog.close());

// Lets people choose rows of a long table: by words, by a column's value, by several tags at once.  Rows are only hidden
// and shown again; nothing is loaded, sent or stored.
for (const bar of document.querySelectorAll(".filter")) {
  const rows = [...document.getElementById(bar.dataset.table).tBodies[0].rows];
  const cells = rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
  const words = cells.map((line) => line.join(" ").toLowerCase());
  const search = bar.querySelector("[data-search]");
  const selects = [...bar.querySelectorAll("select")];
  const tagInput = bar.querySelector("[data-tags]");
  const chips = bar.querySelector(".chips");
  const told = bar.querySelector("output");
  const column = (place) => cells.map((line) => line[place]);
  const chosenTags = () => [...chips.children].map((chip) => chip.textContent);

  const options = (values) => values.map((value) => new Option(value, value));
  for (const select of selects) {
    select.append(...options([...new Set(column(select.dataset.column))].filter(Boolean)));
  }
  if (tagInput) {
    const tags = column(tagInput.dataset.tags).flatMap((text) => text.slice(1, -1).split("】【")).filter(Boolean);
    tagInput.list.append(...options([...new Set(tags)].slice(0, 2000)));
  }

  function apply() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const values = selects.filter((select) => select.value).map((select) => [select.dataset.column, select.value]);
    const tags = chosenTags().map((tag) => tag.toLowerCase());
    let shown = 0;
    rows.forEach((row, at) => {
      const fits = wanted.every((word) => words[at].includes(word))
        && values.every(([place, value]) => cells[at][place] === value)
        && tags.every((tag) => cells[at][tagInput.dataset.tags].toLowerCase().includes(tag));
      row.hidden = !fits;
      shown += fits;
    });
    told.textContent = told.dataset.text.replace("{shown}", shown).replace("{all}", rows.length);
  }

  function addTag() {
    const tag = tagInput.value.trim();
    tagInput.value = "";
    if (!tag || chosenTags().includes(tag)) return;
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = tag;
    chip.setAttribute("aria-label", `${chips.dataset.remove} ${tag}`);
    chip.addEventListener("click", () => {
      chip.remove();
      tagInput.focus();
      apply();
    });
    chips.append(chip);
    apply();
  }

  function clear() {
    search.value = "";
    selects.forEach((select) => { select.value = ""; });
    chips.replaceChildren();
    apply();
  }

  // A link from elsewhere in the page leads to a row that the filter hides: show everything again.
  function reveal() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && rows.includes(target) && target.hidden) {
      clear();
      target.scrollIntoView();
    }
  }

  search.addEventListener("input", apply);
  selects.forEach((select) => select.addEventListener("change", apply));
  if (tagInput) tagInput.addEventListener("change", addTag);
  bar.querySelector("button:not(.chips button)").addEventListener("click", clear);
  window.addEventListener("hashchange", reveal);
  told.setAttribute("aria-live", "polite");
  bar.hidden = false;
  apply();
}
