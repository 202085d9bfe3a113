import type { Paint } from './paint.ts';
import { showStatus } from './show-status.ts';
import { readStatus } from './status.ts';
import { type Screen, watchText } from './watch-text.ts';

/** What `k3v status` is to show. */
export interface StatusWish {
  json: boolean;
  /** Go on until interrupted. */
  watch: boolean;
}

/** Shows the status of the k3v that runs on `dataDir`; watched, JSON is a line for each change. Rejects with NOT_RUNNING, also as soon as it runs no more. */
export async function runStatusCommand(
  { json, watch }: StatusWish,
  dataDir: string,
  { screen, paint, signal }: { screen: Screen; paint: Paint; signal: AbortSignal },
): Promise<void> {
  const read = () => {
    const status = readStatus(dataDir);
    return json ? `${JSON.stringify(status, null, watch ? 0 : 2)}\n` : showStatus(status, paint);
  };
  if (!watch) screen.write(read());
  else if (json) await watchText(read, { write: (line) => screen.write(line) }, { signal, between: '' });
  else await watchText(read, screen, { signal });
}
