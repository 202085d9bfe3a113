import { expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';

const preset = 'registry.k8s.io/e2e-test-images/agnhost:2.55';

it.each([
  ['', { json: false, probeImage: undefined }],
  ['-o json', { json: true, probeImage: undefined }],
  ['--probe-pod', { probeImage: preset }],
  ['--probe-image registry.example/agnhost:1', { probeImage: 'registry.example/agnhost:1' }],
])('"%s" is understood', async (line, wish) => {
  const args = ['doctor', ...line.split(' ').filter(Boolean)];
  expect(await parseCommand(args, {})).toMatchObject({ name: 'doctor', wish });
});

it('takes the flags that k3v is to run with', async () => {
  const command = await parseCommand(['doctor', '--namespace', 'team-a', '--isolation', 'restricted'], {});
  expect(command).toMatchObject({ config: { namespace: 'team-a', isolation: 'restricted' } });
});
