// Opens every card of the documents' page in a document of a few lines, and prints its text as JSON.
import { readFileSync } from "node:fs";

class Node {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, children: [], dataset: {}, listeners: {}, hidden: false, open: false, value: "" });
  }
  get id() { return this.attributes.id; }
  get childElementCount() { return this.children.length; }
  get textContent() { return this.children.map((c) => (typeof c === "string" ? c : c.textContent)).join(""); }
  set textContent(text) { this.children = text ? [String(text)] : []; }
  setAttribute(key, value) { this.attributes[key] = value; }
  addEventListener(name, heard) { this.listeners[name] = heard; }
  append(...children) { this.children.push(...children.map((c) => (c instanceof Node ? c : String(c)))); }
  replaceChildren(...children) { this.children = []; this.append(...children); }
  scrollIntoView() {}
  all() { return this.children.flatMap((c) => (c instanceof Node ? [c, ...c.all()] : [])); }
  querySelectorAll() { return this.all().filter((n) => n.name === "details" && n.id); }
}

const page = new Node("body");
const known = {};
globalThis.document = {
  documentElement: new Node("html"),
  createElement: (name) => new Node(name),
  getElementById: (id) => page.all().find((n) => n.id === id) ?? (known[id] ??= page.append(new Node("p")) ?? page.children.at(-1)),
};
globalThis.location = { href: "https://api.example/api/v1/docs", search: process.argv[4], hash: "" };
globalThis.history = { replaceState() {} };
Object.defineProperty(globalThis, "navigator", { value: { language: "zh-CN" } });
globalThis.fetch = async () => ({ ok: true, json: async () => JSON.parse(readFileSync(process.argv[3], "utf8")) });

await import(process.argv[2]);
const cards = document.getElementById("groups").querySelectorAll();
for (const each of cards) {
  each.open = true;
  each.listeners.toggle();
}
console.log(JSON.stringify({
  language: document.documentElement.lang,
  about: document.getElementById("about").textContent,
  cards: Object.fromEntries(cards.map((each) => [each.id, each.textContent])),
}));
