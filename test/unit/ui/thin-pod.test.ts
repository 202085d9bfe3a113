import { expect, it } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { marks } from '../../../src/translate/translator.ts';
import { thinPod } from '../../../src/ui/thin-pod.ts';

it('of a pod nothing is kept that may hold a secret: no environment, command, volume, label or annotation but those of k3v', () => {
  const secret = 'value-of-a-secret';
  const pod: Pod = {
    metadata: {
      name: 'web',
      uid: 'u1',
      labels: { app: secret, [marks.managedLabel]: 'true' },
      annotations: { note: secret, [marks.ownerName]: 'web' },
    },
    spec: {
      nodeName: 'node1',
      initContainers: [{ name: 'sidecar', restartPolicy: 'Always', command: [secret] }],
      containers: [{ name: 'main', env: [{ name: 'TOKEN', value: secret }], args: [secret] }],
      volumes: [{ name: secret, secret: { secretName: secret } }],
    },
    status: { phase: 'Running', message: secret },
  };
  const thin = thinPod(pod);
  expect(JSON.stringify(thin)).not.toContain(secret);
  expect(thin.metadata).toMatchObject({
    name: 'web',
    uid: 'u1',
    labels: { [marks.managedLabel]: 'true' },
    annotations: { [marks.ownerName]: 'web' },
  });
  expect(thin.spec).toMatchObject({
    nodeName: 'node1',
    initContainers: [{ name: 'sidecar', restartPolicy: 'Always' }],
  });
  expect(thin.status).toMatchObject({ phase: 'Running' });
});
