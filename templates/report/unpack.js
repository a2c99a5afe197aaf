"use strict";

// What is packed in the page: base64 of gzip of JSON.  Undefined where nothing is packed, or the browser cannot unfold it.
async function unpack(id) {
  const packed = document.getElementById(id);
  if (!packed || !("DecompressionStream" in window)) return undefined;
  const bytes = Uint8Array.from(atob(packed.textContent), (one) => one.charCodeAt(0));
  packed.remove();
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'" };
const textOf = (cell) => cell.replace(/<[^>]*>/g, "").replace(/&[^;]+;/g, (one) => ENTITIES[one] ?? one).trim();
