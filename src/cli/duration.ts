const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Returns the seconds in a duration such as `90m`, `24h`, `1h30m` or `7d`; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, n, unit = '']) => sum + Number(n) * (secondsOf[unit] ?? 0),
    0,
  );
}
