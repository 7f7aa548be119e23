const DAY_MS = 86_400_000;

/** The last weekdays before today (UTC), oldest first, each as its midnight in milliseconds. */
export function schoolDays(count: number, now: number): number[] {
  const days: number[] = [];
  for (let day = Math.floor(now / DAY_MS) * DAY_MS - DAY_MS; days.length < count; day -= DAY_MS) {
    const weekday = new Date(day).getUTCDay();
    if (weekday >= 1 && weekday <= 5) days.unshift(day);
  }
  return days;
}

export const isMonday = (day: number): boolean => new Date(day).getUTCDay() === 1;
