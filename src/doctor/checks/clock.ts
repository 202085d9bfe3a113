import type { Check } from '../check.ts';
import { fail, ok, skip, warn } from '../finding.ts';

const worthAWordMs = 10_000;
/** Certificates of k3v are good from a day before they are made. */
const tooMuchMs = 86_400_000;

/** How far the clock of the host is from that of this machine, by the Date of an answer, which is cut to the second. */
export const clockCheck: Check = {
  name: 'clock',
  async run({ host }, signal) {
    const { client } = await host();
    const askedMs = Date.now();
    const answer = await client.raw.stream({ method: 'GET', path: '/version', signal });
    const answeredMs = Date.now();
    answer.destroy();
    const hostMs = Date.parse(answer.headers.date ?? '');
    if (Number.isNaN(hostMs)) return [skip('the host does not say what time it is')];
    const aheadMs = hostMs + 500 - (askedMs + answeredMs) / 2;
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    const words = `the clock of the host is ${seconds} seconds ${aheadMs < 0 ? 'behind' : 'ahead of'} this one`;
    const todo = 'Set both by NTP.';
    if (Math.abs(aheadMs) >= tooMuchMs) return [fail(`${words}: certificates are not good there`, todo)];
    if (Math.abs(aheadMs) >= worthAWordMs) return [warn(`${words}: tokens end too early, or too late`, todo)];
    return [ok(`within ${Math.max(1, seconds)} second(s) of that of the host`)];
  },
};
