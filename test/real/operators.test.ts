import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { playOnHost } from '../support/guide-on-host.ts';

const manifest = join(import.meta.dirname, '../host/operator.yaml');

describeOnHosts('an operator with webhooks', (startHost) => {
  it('goes as docs/operators.md says; K3V_WRITE_GUIDES=1 writes there what was said', async () => {
    const page = 'docs/operators.md';
    expect(await playOnHost({ page, files: [manifest], port: '27598', startHost })).toEqual([]);
  }, 900_000);
});
