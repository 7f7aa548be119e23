/** Lets at most `width` pieces of work with the same key run at once; the others wait in order. */
export function createGate(width: number): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const entered = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  return async (key, work) => {
    const gate = entered.get(key) ?? { running: 0, waiting: [] };
    entered.set(key, gate);
    if (gate.running < width) gate.running++;
    else await new Promise<void>((enter) => gate.waiting.push(enter));
    try {
      return await work();
    } finally {
      const next = gate.waiting.shift();
      if (next) next();
      else if (--gate.running === 0) entered.delete(key);
    }
  };
}
