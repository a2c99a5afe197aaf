
// A list is a table's rows by number, and each column as its distinct texts with, for each row, which of them it has.
// Its rows stand in the page, or are made of what is packed.
const lists = [];

function coded(texts) {
  const known = new Map();
  const codes = Uint32Array.from(texts, (text) => known.get(text) ?? (known.set(text, known.size), known.size - 1));
  return { texts: [...known.keys()], codes };
}

function standingList(table) {
  const rows = [...table.tBodies[0].rows];
  const columns = [...table.tHead.rows[0].cells].map((_, place) => coded(rows.map((row) => row.cells[place].textContent.trim())));
  return { size: rows.length, columns, row: (at) => rows[at], find: (id) => rows.findIndex((row) => row.id === id) };
}

function unfoldedList({ ids, columns }) {
  const every = Uint32Array.from(ids, (_, at) => at);
  const read = columns.map(({ cells, codes }) => ({ cells, texts: cells.map(textOf), codes: codes.length ? Uint32Array.from(codes) : every }));
  const made = document.createElement("template");
  function row(at) {
    const cells = read.map((column) => column.cells[column.codes[at]]).join("");
    made.innerHTML = `<tr id="${ids[at]}">${cells.replaceAll('"#k"', `"#k${ids[at].slice(1)}"`)}</tr>`;
    return made.content.firstChild;
  }
  return { size: ids.length, columns: read, row, find: (id) => ids.indexOf(id) };
}

// The place of each distinct text of a column when the list is sorted by it: figures by size, tiers best first, blanks last.
function places({ texts }, heading) {
  const order = heading.dataset.order?.split("\n");
  const figure = heading.classList.contains("n");
  const words = texts.length > 20000 ? null : new Intl.Collator("zh", { numeric: true });
  const keys = texts.map((text) => (figure ? Number(text.replace(/[,%]/g, "")) : order?.includes(text) ? order.indexOf(text) : text));
  const blank = (at) => texts[at] === "" || texts[at] === "—";
  const compare = (a, b) => {
    if (blank(a) || blank(b)) return blank(a) - blank(b);
    if (typeof keys[a] !== typeof keys[b]) return typeof keys[a] === "number" ? -1 : 1;
    if (words && typeof keys[a] === "string") return words.compare(keys[a], keys[b]);
    return keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0;
  };
  const place = new Float64Array(texts.length);
  [...texts.keys()].sort(compare).forEach((text, at) => { place[text] = blank(text) ? Infinity : at; });
  return place;
}

const STEP = 200; // rows that are shown at once; more come as people scroll

// Lets people choose rows of a long list by words, by a column's value, by several tags at once, and sort them.  Nothing
// is loaded, sent or stored.
async function bind(bar) {
  const table = document.getElementById(bar.dataset.table);
  const packed = await unpack(`${table.id}-rows`);
  const list = packed ? unfoldedList(packed) : standingList(table);
  if (packed) document.querySelector(`[data-left="${table.id}"]`).remove();
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const search = bar.querySelector("[data-search]");
  const selects = [...bar.querySelectorAll("select")];
  const tagInput = bar.querySelector("[data-tags]");
  const chips = bar.querySelector(".chips");
  const told = bar.querySelector("output");
  const chosenTags = () => [...chips.children].map((chip) => chip.textContent);
  const all = Uint32Array.from({ length: list.size }, (_, at) => at);
  let sorted = all; // every row, in the order that people chose
  let order = all; // the rows that fit
  let more = 0; // how many of them are in the page

  const options = (values) => values.map((value) => new Option(value, value));
  for (const select of selects) {
    select.append(...options(list.columns[select.dataset.column].texts.filter(Boolean)));
  }
  if (tagInput) {
    const tags = list.columns[tagInput.dataset.tags].texts.flatMap((text) => text.slice(1, -1).split("】【")).filter(Boolean);
    tagInput.list.append(...options([...new Set(tags)].slice(0, 2000)));
  }

  const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && show(more + STEP));
  function show(count) {
    const next = [...order.subarray(more, Math.max(more, count))].map(list.row);
    more += next.length;
    body.append(...next);
    watch.disconnect();
    if (more < order.length) watch.observe(body.lastElementChild);
  }

  function put(rows) {
    order = rows;
    more = 0;
    body.replaceChildren();
    show(STEP);
    told.textContent = told.dataset.text.replace("{shown}", order.length).replace("{all}", list.size);
  }

  // For each text of a column whether it fits: as many looks as there are texts, not as there are rows.
  const fitting = (column, fits) => Uint8Array.from(column.texts, (text) => fits(text.toLowerCase()));

  function apply() {
    const asked = [];
    for (const word of search.value.toLowerCase().split(/\s+/).filter(Boolean)) {
      const masks = list.columns.map((column) => [column.codes, fitting(column, (text) => text.includes(word))]);
      asked.push((at) => masks.some(([codes, mask]) => mask[codes[at]]));
    }
    for (const select of selects.filter((one) => one.value)) {
      const { texts, codes } = list.columns[select.dataset.column];
      const code = texts.indexOf(select.value);
      asked.push((at) => codes[at] === code);
    }
    for (const tag of chosenTags()) {
      const column = list.columns[tagInput.dataset.tags];
      const mask = fitting(column, (text) => text.includes(tag.toLowerCase()));
      asked.push((at) => mask[column.codes[at]]);
    }
    put(asked.length ? sorted.filter((at) => asked.every((fits) => fits(at))) : sorted);
  }

  function sort(place) {
    const way = { ascending: "descending", descending: "none" }[headings[place].ariaSort] ?? "ascending";
    headings.forEach((heading, at) => { heading.ariaSort = at === place ? way : "none"; });
    if (way === "none") sorted = all;
    else {
      const { codes } = list.columns[place];
      const rank = places(list.columns[place], headings[place]);
      const sign = way === "ascending" ? 1 : -1;
      sorted = all.slice().sort((a, b) => {
        const [one, other] = [rank[codes[a]], rank[codes[b]]];
        if (one === other) return a - b;
        return one === Infinity ? 1 : other === Infinity ? -1 : sign * (one - other);
      });
    }
    apply();
  }

  headings.forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(place));
    heading.append(button);
    heading.ariaSort = "none";
  });

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

  // A link from elsewhere in the page leads to a row that is not shown: show everything again, or, far down, that row.
  function reveal() {
    const at = location.hash ? list.find(location.hash.slice(1)) : -1;
    const here = () => document.getElementById(location.hash.slice(1));
    if (at < 0) return;
    if (!here()) clear();
    if (!here()) put(Uint32Array.of(at));
    here().scrollIntoView();
  }

  search.addEventListener("input", apply);
  selects.forEach((select) => select.addEventListener("change", apply));
  if (tagInput) tagInput.addEventListener("change", addTag);
  bar.querySelector("button:not(.chips button)").addEventListener("click", clear);
  window.addEventListener("hashchange", reveal);
  told.setAttribute("aria-live", "polite");
  bar.hidden = false;
  lists.push({ ...list, headings: headings.map((heading) => heading.textContent) });
  apply();
}

for (const bar of document.querySelectorAll(".filter")) bind(bar);
