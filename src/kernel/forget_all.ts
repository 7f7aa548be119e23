/** A limiter that counts in this process, as rate-limiter-flexible has it. */
interface LocalLimiter {
  dump(): { readonly storage: readonly { readonly key: string | number }[] };
  delete(key: string | number): Promise<unknown>;
}

/** Forgets every count, and the timers that would have done so later. */
export function forgetAll(limiter: LocalLimiter): void {
  for (const { key } of limiter.dump().storage) void limiter.delete(key);
}
