import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import type { TestHost } from '../host/test-host.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { applyHostRole } from '../support/host-role.ts';
import { kubectlFor, runK3v } from '../support/k3v-process.ts';

const namespace = 'team';

describeOnHosts('k3v doctor --probe-pod', (startHost) => {
  let folder: string;
  let host: TestHost;
  let admin: Awaited<ReturnType<typeof kubectlFor>>;
  let kubeconfig: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-probe-'));
    host = await startHost();
    admin = await kubectlFor(host.kubeconfig);
    await admin('create', 'namespace', namespace);
    await admin('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    ({ kubeconfig } = await applyHostRole({ hostKubeconfig: host.kubeconfig, namespace, folder }));
  });
  afterAll(async () => {
    await host?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const probe = async (...more: string[]) => {
    const flags = ['--kubeconfig', kubeconfig, '--namespace', namespace, '--listen-port', '27566'];
    const image = ['--probe-image', images.agnhost];
    const { exitCode, stdout } = await runK3v(folder, ['doctor', ...flags, ...image, '-o', 'json', ...more]);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; status: string; what: string }[] };
    return { exitCode, reach: findings.filter(({ check }) => check === 'pod reach') };
  };

  it('tells that a pod reaches the address of this machine, under any Pod Security Standard, and leaves nothing', async () => {
    const { exitCode, reach } = await probe();
    expect(reach).toMatchObject([
      { status: 'ok', what: expect.stringMatching(/^a pod on node \S+ reaches \S+:27566$/) },
    ]);
    expect(exitCode).toBe(0);
    expect(await admin('-n', namespace, 'get', 'pods', '-o', 'name')).toBe('');
  });

  it('tells that it does not reach another, in the words of its attempt', async () => {
    // TEST-NET-1 (RFC 5737): nobody is there.
    const { exitCode, reach } = await probe('--advertise-address', '192.0.2.77');
    expect(reach).toMatchObject([
      { status: 'fail', what: expect.stringMatching(/does not reach 192\.0\.2\.77:27566: \S+/) },
    ]);
    expect(exitCode).toBe(1);
    expect(await admin('-n', namespace, 'get', 'pods', '-o', 'name')).toBe('');
  });
});
