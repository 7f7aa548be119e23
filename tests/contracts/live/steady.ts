import type { LiveStore } from "../../../src/sessions/live_store.ts";

/**
 * The store without the news that come by themselves, whenever changes get durable: most tests
 * compare all there is with what they did. `t.raw` is the store as it is.
 */
export function steady<T extends LiveStore | undefined>(live: T): T;
export function steady(live: LiveStore | undefined): LiveStore | undefined {
  return live && {
    ...live,
    listen: (listener) =>
      live.listen({
        ...listener,
        event: (event) => event.type === "durable" || listener.event(event),
      }),
    async snapshot(...args) {
      const found = await live.snapshot(...args);
      return found && { ...found, durableSeq: found.session.seq };
    },
  };
}
