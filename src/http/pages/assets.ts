/**
 * The files of Swagger UI and ReDoc, out of the package cache: raw imports need no read permission
 * and put them into the lock file. Each is loaded when first asked for and then kept.
 */
import { type Content, content } from "../kit/conditional.ts";

const CSS = "text/css; charset=utf-8";
const JS = "text/javascript; charset=utf-8";

type Load = () => Promise<Content>;

const remembered = (load: Load): Load => {
  let loaded: Promise<Content> | undefined;
  return () => loaded ??= load();
};

/** ReDoc's "made with" line shows its logo from this host, past every option that it has. */
const OUTSIDE_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg";

/**
 * The bundle without that address: reading a school's documentation tells no third party of it.
 * ReDoc leaves the image out where it cannot be shown; the line itself stays.
 * @throws Error where a new version of the bundle names the logo in another way
 */
function withoutOutsideLogo(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(bytes);
  if (!text.includes(OUTSIDE_LOGO)) throw new Error("Cannot find the logo in ReDoc's bundle");
  return new TextEncoder().encode(text.replaceAll(OUTSIDE_LOGO, "data:,"));
}

/** Per viewer: file name → content. */
export const ASSETS = {
  docs: {
    "swagger-ui.css": remembered(async () =>
      content(
        (await import("swagger-ui-dist/swagger-ui.css", { with: { type: "bytes" } })).default,
        CSS,
      )
    ),
    "swagger-ui-bundle.js": remembered(async () =>
      content(
        (await import("swagger-ui-dist/swagger-ui-bundle.js", { with: { type: "bytes" } })).default,
        JS,
      )
    ),
  },
  redoc: {
    "redoc.standalone.js": remembered(async () =>
      content(
        withoutOutsideLogo(
          (await import("redoc/bundles/redoc.standalone.js", { with: { type: "bytes" } })).default,
        ),
        JS,
      )
    ),
  },
} as const satisfies Record<string, Record<string, Load>>;
