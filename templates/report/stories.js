
// A link to a customer opens its story in a dialog; without a story it tells the facts of the row.  With a key held down
// it is a plain link.
const dialog = document.querySelector("dialog");
const [storyName, storyBrief, storyParts] = ["h3", "p", ".parts"].map((one) => dialog.querySelector(one));
const storyRow = dialog.querySelector("a");
let packedStories; // unfolded when the first one is asked for

async function storyOf(place) {
  const parts = document.getElementById(`k${place}`);
  if (parts) return parts.parentElement;
  packedStories ??= unpack("stories");
  const made = document.createElement("template");
  made.innerHTML = (await packedStories)?.[`k${place}`] ?? "";
  return made.content.firstElementChild;
}

function openDialog(name, brief, parts, place) {
  storyName.textContent = name;
  storyBrief.replaceChildren(...brief);
  storyParts.replaceChildren(...parts);
  storyRow.href = `#c${place}`;
  dialog.showModal();
  dialog.scrollTop = 0;
}

function openFacts(place) {
  for (const { find, columns, headings } of lists) {
    const at = find(`c${place}`);
    if (at < 0) continue;
    const facts = document.createElement("ul");
    const texts = columns.map(({ texts, codes }) => texts[codes[at]]);
    facts.append(...headings.flatMap((heading, column) => {
      if (!texts[column]) return [];
      const [line, name] = [document.createElement("li"), document.createElement("b")];
      name.textContent = heading;
      line.append(name, " ", texts[column]);
      return [line];
    }));
    openDialog(texts[1] || texts[0], [], [facts], place);
    return;
  }
  location.hash = `#c${place}`;
}

async function openStory(place) {
  const story = await storyOf(place);
  if (!story) return openFacts(place);
  const [name, ...brief] = story.querySelector("summary").cloneNode(true).childNodes;
  openDialog(name.textContent, brief, story.querySelector(".parts").cloneNode(true).childNodes, place);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (event.target === dialog) dialog.close();
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (dialog.contains(link)) dialog.close();
  else if (/^#[ck]\d+$/.test(link.hash)) {
    event.preventDefault();
    openStory(link.hash.slice(2));
  }
});
dialog.querySelector("button").addEventListener("click", () => dialog.close());
