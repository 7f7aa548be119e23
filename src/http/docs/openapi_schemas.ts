/** zod schemas as the JSON Schema (2020-12) of an OpenAPI 3.1 document. */
import { z } from "zod";

export type Json = Record<string, unknown>;

export interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Json;
  readonly description?: string;
}

/** What constrains a string, and so may be told of a text that is still to be trimmed. */
const TEXT_RULES = ["minLength", "maxLength", "format", "pattern", "enum"] as const;

/** Patterns that say what `format` says; of a time only that it is UTC is more than its format. */
function lighten(schema: Json): void {
  if (schema.format === "date-time") schema.pattern = "Z$";
  else if (typeof schema.format === "string") delete schema.pattern;
}

/**
 * A text that is cleaned before it is checked has no constraints of its own in zod's eyes: tell
 * those of the cleaned text.
 */
function tellCleaned(zodSchema: z.core.$ZodTypes, schema: Json): void {
  const { def } = zodSchema._zod;
  if (def.type !== "pipe" || schema.type !== "string") return;
  const cleaned: Json = z.toJSONSchema(def.out, { io: "output", unrepresentable: "any" });
  if (cleaned.type !== "string") return;
  for (const rule of TEXT_RULES) {
    if (cleaned[rule] !== undefined) schema[rule] ??= cleaned[rule];
  }
}

const convert = (schema: z.core.$ZodType, io: "input" | "output"): Json =>
  z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      if (io === "input") tellCleaned(zodSchema, jsonSchema);
      // Fields may be added to an answer later; the tests are stricter than clients should be.
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      lighten(jsonSchema);
    },
  });

/** Turns references into the schema's own definitions into references to components. */
function toComponentRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toComponentRefs);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "$ref" && typeof inner === "string"
        ? inner.replace("#/$defs/", "#/components/schemas/")
        : toComponentRefs(inner),
    ]),
  );
}

/** Collects the named schemas of everything it converts. */
export function createSchemas() {
  const components: Json = {};

  const hoist = (converted: Json): Json => {
    const { $schema: _, $defs = {}, ...root } = converted;
    for (const [id, definition] of Object.entries($defs as Json)) {
      const named = toComponentRefs(definition);
      if (components[id] && JSON.stringify(components[id]) !== JSON.stringify(named)) {
        throw new Error(`Cannot name two schemas ${id}: give each its own meta id`);
      }
      components[id] = named;
    }
    return toComponentRefs(root) as Json;
  };

  return {
    /** `components.schemas`, by name. */
    named: (): Json =>
      Object.fromEntries(Object.entries(components).sort(([a], [b]) => a < b ? -1 : 1)),
    /** What a client sends. */
    input: (schema: z.ZodType): Json => hoist(convert(schema, "input")),
    /** What a client receives. */
    output: (schema: z.ZodType): Json => hoist(convert(schema, "output")),
    /**
     * Path or query fields. On the wire all are text, so each is described by what it is parsed
     * into: an id is an integer.
     */
    parameters(schema: z.ZodObject): Parameter[] {
      const { required } = convert(schema, "input");
      return Object.entries(schema.shape).map(([name, field]) => {
        const parsed = hoist(convert(field, "output"));
        const said = Object.keys(parsed).some((key) => key !== "description" && key !== "default");
        const { description, ...rest } = said ? parsed : hoist(convert(field, "input"));
        return {
          name,
          required: Array.isArray(required) && required.includes(name),
          schema: rest,
          ...(typeof description === "string" ? { description } : {}),
        };
      });
    },
  };
}
