// Schemas as lists to read, and an example of each.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function resolved(contract, told) {
  let found = told;
  while (found && found.$ref) found = found.$ref.slice(2).split("/").reduce((at, part) => at[part], contract);
  return found;
}

const choices = (schema) => (schema.anyOf || []).filter((each) => each.type !== "null");
const mayBeNull = (schema) => (schema.anyOf || []).some((each) => each.type === "null");

export function kind(contract, told, t) {
  const schema = resolved(contract, told);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.const !== undefined) return String(schema.const);
  if (schema.anyOf) {
    const text = choices(schema).map((each) => kind(contract, each, t)).join(" | ");
    return mayBeNull(schema) ? `${text} (${t.nullable})` : text;
  }
  if (schema.type === "array") return `[${kind(contract, schema.items || {}, t)}]`;
  return [schema.type || t.any, schema.format, limits(schema)].filter(Boolean).join(" · ");
}

function limits(schema) {
  const low = schema.minimum ?? schema.minLength ?? schema.minItems;
  const high = schema.maximum ?? schema.maxLength ?? schema.maxItems;
  return low === undefined && high === undefined ? "" : `${low ?? ""}…${high ?? ""}`;
}

// What stands inside a schema: its own fields, or those of its items or of its only choice.
function inside(contract, told) {
  const schema = resolved(contract, told);
  if (schema.properties) return { name: told.$ref, schema };
  if (schema.type === "array" && schema.items) return inside(contract, schema.items);
  const only = choices(schema);
  return only.length === 1 ? inside(contract, only[0]) : null;
}

export function fields(contract, told, t, above = []) {
  const found = inside(contract, told);
  if (!found) return element("p", { class: "kind" }, kind(contract, told, t));
  const list = element("ul", { class: "fields" });
  for (const [name, field] of Object.entries(found.schema.properties)) {
    const must = (found.schema.required || []).includes(name);
    const row = element("li", {}, element("code", {}, name), " ", element("span", { class: "kind" }, kind(contract, field, t)));
    if (must) row.append(" ", element("span", { class: "must kind" }, t.must));
    if (field.description) row.append(element("span", { class: "what" }, field.description));
    const deeper = inside(contract, field);
    if (deeper && above.includes(deeper.name)) row.append(" ", element("span", { class: "kind" }, t.same));
    else if (deeper) row.append(fields(contract, field, t, [...above, found.name, deeper.name]));
    list.append(row);
  }
  return list;
}

export function example(contract, told, depth = 0) {
  const schema = resolved(contract, told);
  if (schema.examples) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf) return mayBeNull(schema) ? null : example(contract, schema.anyOf[0], depth);
  if (schema.type === "array") return depth > 4 ? [] : [example(contract, schema.items || {}, depth + 1)];
  if (schema.properties) {
    const must = schema.required || [];
    return Object.fromEntries(must.map((name) => [name, example(contract, schema.properties[name], depth + 1)]));
  }
  if (schema.format === "date-time") return "2025-01-15T12:00:00+08:00";
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  return schema.type === "boolean" ? false : schema.type === "object" ? {} : "…";
}
