import type { Check } from '../check.ts';
import { ok } from '../finding.ts';

/** Whether the host answers, takes the credentials, and is new enough. */
export const hostCheck: Check = {
  name: 'host',
  async run({ reach }) {
    const { client, version } = await reach();
    return [ok(`${client.server} answers: Kubernetes ${version}`)];
  },
};
