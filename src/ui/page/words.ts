/** How serious a state of a pod is. */
export type Tone = 'good' | 'busy' | 'bad' | 'quiet';

const tones: Readonly<Record<string, Tone>> = {
  Running: 'good',
  Completed: 'quiet',
  Succeeded: 'quiet',
  Terminating: 'busy',
  Pending: 'busy',
  ContainerCreating: 'busy',
  PodInitializing: 'busy',
  SchedulingGated: 'busy',
  NotReady: 'busy',
};

/** Returns how serious the state is that kubectl calls `state`. */
export function toneOf(state: string): Tone {
  return tones[state] ?? (/^Init:\d+\/\d+$/.test(state) ? 'busy' : 'bad');
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Returns how long ago `since` (RFC 3339) was, as `5m` or `3h12m`: the two largest units, as far as they matter. */
export function ageOf(since: string, now: number): string {
  let seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  if (Number.isNaN(seconds)) return '';
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(seconds / length);
    seconds -= count * length;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2 || (unit !== 's' && parts.length === 1 && count >= 10)) break;
  }
  return parts.join('') || '0s';
}

/** Returns a time in milliseconds as a person reads it: `38 ms`, `1.2 s`. */
export function durationOf(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${Number((ms / 1_000).toFixed(1))} s` : ageOf(new Date(0).toISOString(), ms);
}

/** Returns `1 pod`, `2 pods`. */
export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}
