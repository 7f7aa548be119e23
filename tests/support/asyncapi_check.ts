/** Holds an AsyncAPI document against the schema that its specification publishes. */
import specification from "@asyncapi/specs/schemas/3.0.0-without-$id.json" with { type: "json" };
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { asyncApiDocument } from "../../src/http/docs/asyncapi.ts";
import { PROTOCOL } from "../../src/realtime/protocol/protocol.ts";

/** The document of all that is said over a socket. */
export const protocolDocument = () => asyncApiDocument(PROTOCOL, { version: "1.2.3" });

/** Where the document breaks the specification of AsyncAPI 3.0; empty where it does not. */
export function asyncApiFaults(document: object): string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(specification);
  return validate(document)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message}`);
}
