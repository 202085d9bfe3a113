import type { PageUpdate } from '../page-data.ts';

/** `refused`: the token is missing or not that of this server. */
export type Link = 'connecting' | 'live' | 'lost' | 'refused';

/** Longer than the server is ever silent. */
const silenceMs = 25_000;
const retryMs = 1_500;
const storedToken = 'k3v-token';

/** Reads updates for ever: tells `onUpdate` of each, and `onLink` how the connection stands. */
export async function readUpdates({
  onUpdate,
  onLink,
}: {
  onUpdate: (update: PageUpdate) => void;
  onLink: (link: Link) => void;
}): Promise<void> {
  const token = takeToken();
  for (;;) {
    try {
      const response = await fetch('updates', { headers: { authorization: `Bearer ${token}` }, cache: 'no-store' });
      if (response.status === 401) return onLink('refused');
      if (!response.ok || !response.body) throw new Error(`${response.status} ${response.statusText}`);
      onLink('live');
      for await (const line of linesOf(response.body)) if (line !== '') onUpdate(JSON.parse(line) as PageUpdate);
    } catch {
      // Whatever it was, the server says all there is when it is back.
    }
    onLink('lost');
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** Takes the token out of the address, where it could be read over a shoulder; a reload finds it in this tab's storage. */
function takeToken(): string {
  const given = location.hash.slice(1);
  if (given === '') return sessionStorage.getItem(storedToken) ?? '';
  sessionStorage.setItem(storedToken, given);
  history.replaceState(null, '', location.pathname);
  return given;
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('silence')), silenceMs);
  });
  return await Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}
