import { AppError } from "../../kernel/errors.ts";

const tooLarge = (limit: number) =>
  new AppError("payload_too_large", { detail: `The request body is over ${limit} bytes` });

/**
 * Reads a request body as UTF-8 text, stopping as soon as it is over the limit.
 * @throws AppError `payload_too_large`, `invalid_json` (bytes that are not UTF-8)
 */
export async function readBody(request: Request, limitBytes: number): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > limitBytes) throw tooLarge(limitBytes);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("invalid_json", { detail: "The body is not valid UTF-8", cause });
  }
}

/** @throws AppError `invalid_json` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("invalid_json", { cause });
  }
}
