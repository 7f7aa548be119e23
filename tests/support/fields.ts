/** Fields of JSON bodies and frames: finding them, and putting something bad in their place. */

export type Json = Readonly<Record<string, unknown>>;
/** Where a field is; a number stands for an item of a list. */
export type FieldPath = readonly (string | number)[];

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields below a JSON schema, `0` standing for an item of a list. */
export function fieldsOfSchema(schema: unknown, path: FieldPath = []): FieldPath[] {
  if (!isObject(schema)) return [];
  const variants = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return [
    ...variants.flatMap((variant) => fieldsOfSchema(variant, path)),
    ...properties.flatMap(([name, inner]) => {
      const own = [...path, name];
      return [own, ...fieldsOfSchema(inner, own)];
    }),
    ...fieldsOfSchema(schema.items, [...path, 0]),
  ];
}

/** The fields that a value has, those of a list's first item too. */
export function fieldsIn(value: unknown, path: FieldPath = []): FieldPath[] {
  if (Array.isArray(value)) return fieldsIn(value[0], [...path, 0]);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = [...path, name];
    return [own, ...fieldsIn(inner, own)];
  });
}

function replaced(value: unknown, path: FieldPath, by: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return by;
  if (typeof part === "number") {
    return [replaced(Array.isArray(value) ? value[part] : {}, rest, by)];
  }
  const given = isObject(value) ? value : {};
  return { ...given, [part]: replaced(given[part], rest, by) };
}

const HERE = "\u2622";

/** The value as JSON, with this JSON text in place of a field. */
export const withField = (value: unknown, path: FieldPath, json: string): string =>
  JSON.stringify(replaced(value, path, HERE)).replace(JSON.stringify(HERE), () => json);

/** A text as a failing test shows it. */
export const shortened = (text: string): string =>
  text.length > 80 ? `${text.slice(0, 80)}…` : text;
