// The contract as a page: everything comes from openapi.json, which the same stack serves.
import { element, example, fields, kind, resolved } from "./schema.mjs";
import { preferred, words } from "./words.mjs";

const METHODS = ["get", "post", "put", "patch", "delete"];
const at = (id) => document.getElementById(id);
let language = preferred();
let contract = null;

function about(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const list = element("ul");
  const place = at("about");
  place.replaceChildren();
  for (const line of lines) {
    if (line.startsWith("- ")) list.append(element("li", {}, ...marked(line.slice(2))));
    else place.append(element("p", {}, ...marked(line)));
  }
  place.append(list);
}

function marked(text) {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (part.startsWith("**")) return element("strong", {}, part.slice(2, -2));
    return part.startsWith("`") ? element("code", {}, part.slice(1, -1)) : part;
  });
}

/** What stands before /v1: where this page itself was found, whatever is in front of the gateway. */
function server() {
  return location.href.split(/[?#]/)[0].replace(/\/v1\/docs\/?$/, "");
}

function curl(method, address, operation, parameters) {
  const lines = [`curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} '${server()}${address}'`];
  if ((operation.security || []).length) lines.push("-H \"Authorization: Bearer $TOKEN\"");
  for (const each of parameters) {
    if (each.in === "header" && each.required) lines.push(`-H '${each.name}: …'`);
  }
  const content = operation.requestBody && operation.requestBody.content["application/json"];
  if (content) {
    lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example(contract, content.schema))}'`);
  }
  return lines.join(" \\\n  ");
}

function who(operation, t) {
  const security = operation.security || [];
  if (!security.length) return [t.anyone];
  if (security.some((each) => !Object.keys(each).length)) return [t.either];
  return operation["x-roles"] || [];
}

function titled(title, ...children) {
  return [element("h3", {}, title), ...children];
}

function parameterRow(each, t) {
  const row = element("li", {}, element("code", {}, each.name), " ",
    element("span", { class: "kind" }, `${each.in} · ${kind(contract, each.schema, t)}`));
  if (each.required) row.append(" ", element("span", { class: "must kind" }, t.must));
  const said = each.description || each.schema.description;
  if (said) row.append(element("span", { class: "what" }, said));
  return row;
}

/** A problem's title is there in both languages, English first. */
function spoken(text) {
  const [english, chinese] = text.split(" · ");
  return language === "en" ? english : chinese || english;
}

function answer(status, told, t) {
  const response = resolved(contract, told);
  const content = Object.entries(response.content || {})[0];
  const opened = element("details", {}, element("summary", {}, element("code", {}, status), " ", response.description));
  if (!content || Number(status) >= 400 || status === "default") {
    return element("p", { class: "problem" }, element("code", {}, status), " ", spoken(response.description));
  }
  opened.append(element("div", { class: "body" }, element("p", { class: "kind" }, content[0]), fields(contract, content[1].schema, t)));
  return opened;
}

function filled(body, method, address, operation, t) {
  const parameters = (operation.parameters || []).map((each) => resolved(contract, each));
  if (operation.description) body.append(element("p", {}, operation.description));
  body.append(...titled(t.roles, element("p", {}, ...who(operation, t).map((role) => element("span", { class: "role" }, role)))));
  if (operation["x-rows"]) body.append(...titled(t.rows, element("p", {}, operation["x-rows"])));
  if (parameters.length) {
    body.append(...titled(t.asks, element("ul", { class: "fields" }, ...parameters.map((each) => parameterRow(each, t)))));
  }
  const content = operation.requestBody && Object.values(operation.requestBody.content)[0];
  if (content) body.append(...titled(t.body, fields(contract, content.schema, t)));
  body.append(...titled(t.answers, ...Object.entries(operation.responses).map(([status, told]) => answer(status, told, t))));
  body.append(...titled(t.example, element("pre", {}, curl(method, address, operation, parameters))));
}

function card(method, address, operation, t) {
  const body = element("div", { class: "body" });
  const made = element("details", { id: operation.operationId },
    element("summary", {}, element("span", { class: `method ${method}` }, method.toUpperCase()), " ",
      element("code", {}, address), element("span", { class: "what" }, operation.summary || "")), body);
  made.addEventListener("toggle", () => {
    if (made.open && !body.childElementCount) filled(body, method, address, operation, t);
    if (made.open) history.replaceState(null, "", `#${operation.operationId}`);
  });
  made.dataset.words = [method, address, operation.operationId, operation.summary, operation.description,
    JSON.stringify(operation.requestBody || ""), JSON.stringify(operation.responses["200"] || "")].join(" ").toLowerCase();
  return made;
}

function groups(t) {
  const found = contract.tags.map((tag) => ({ ...tag, cards: [] }));
  for (const [address, methods] of Object.entries(contract.paths)) {
    for (const method of METHODS.filter((each) => methods[each])) {
      const group = found.find((each) => each.name === methods[method].tags[0]);
      group.cards.push(card(method, address, methods[method], t));
    }
  }
  at("groups").replaceChildren(...found.map((group) => element("section", {},
    element("h2", {}, group.name), element("p", { class: "note" }, group.description), ...group.cards)));
}

function search() {
  const asked = at("search").value.trim().toLowerCase().split(/\s+/);
  let shown = 0;
  for (const section of at("groups").children) {
    let some = false;
    for (const each of section.querySelectorAll("details[id]")) {
      each.hidden = !asked.every((word) => each.dataset.words.includes(word));
      some ||= !each.hidden;
      shown += each.hidden ? 0 : 1;
    }
    section.hidden = !some;
  }
  at("state").textContent = shown ? "" : words(language).none;
}

function show() {
  const t = words(language);
  document.documentElement.lang = language;
  at("search").placeholder = t.search;
  at("search").setAttribute("aria-label", t.search);
  at("language").textContent = t.other;
  if (!contract) return;
  groups(t);
  search();
  const wanted = location.hash && at(location.hash.slice(1));
  if (wanted) {
    wanted.open = true;
    wanted.scrollIntoView({ block: "start" });
  }
}

at("search").addEventListener("input", search);
at("language").addEventListener("click", () => {
  language = language === "en" ? "zh-CN" : "en";
  show();
});
show();
at("state").textContent = words(language).loading;
try {
  const response = await fetch(new URL("../openapi.json", import.meta.url));
  if (!response.ok) throw new Error(String(response.status));
  contract = await response.json();
  at("version").textContent = `v${contract.info.version}`;
  about(contract.info.description);
  at("state").textContent = "";
  show();
} catch {
  at("state").textContent = words(language).failed;
}
