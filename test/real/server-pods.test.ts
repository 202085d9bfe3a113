import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestHost } from '../host/test-host.ts';
import { applyWith } from '../support/apply.ts';
import { describeOnK3vHost } from '../support/describe-on-k3v-host.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';
import { restrictedPod } from '../support/restricted-pod.ts';
import { serverPod } from '../support/server-pod.ts';
import { type Kubectl, waitFlag as wait } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 120_000, everyMs: 500 };

describeOnK3vHost('k3v in a pod', (startHost) => {
  let folder: string;
  let testHost: TestHost;
  let host: Kubectl;
  const addresses = { kept: '10.226.80.1', fleeting: '10.226.80.2' };
  type Place = keyof typeof addresses;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-server-pods-'));
    testHost = await startHost();
    host = await kubectlFor(testHost.kubeconfig);
    const places = Object.entries(addresses);
    const objects = places.flatMap(([namespace, address]) =>
      serverPod({ namespace, address, keeps: namespace === 'kept' }),
    );
    await applyWith(host, folder, objects);
    await Promise.all(places.map(([namespace]) => untilUp(namespace)));
  });

  afterAll(async () => {
    await testHost?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const untilUp = async (namespace: string) => {
    try {
      await host('-n', namespace, 'rollout', 'status', 'statefulset/k3v', '--timeout=300s');
    } catch (error) {
      const logs = await host('-n', namespace, 'logs', 'k3v-0', '--tail=40').catch(String);
      throw new Error(`${await host('-n', namespace, 'describe', 'pods')}\n${logs}`, { cause: error });
    }
  };
  /** kubectl with what the Secret holds now. */
  const tenantOf = async (namespace: Place): Promise<Kubectl> => {
    const path = '{.data.kubeconfig\\.yaml}';
    const found = async () => {
      const encoded = await host('-n', namespace, 'get', 'secret', 'k3v-kubeconfig', '-o', `jsonpath=${path}`);
      const file = join(folder, `${namespace}.yaml`);
      await writeFile(file, Buffer.from(encoded, 'base64'), { mode: 0o600 });
      const tenant = await kubectlFor(file);
      await tenant('get', '--raw', '/readyz');
      return tenant;
    };
    return await eventually(found, patience);
  };
  /** What a script for Node prints in the server's pod. */
  const inServer = async (namespace: Place, script: string) =>
    await host('-n', namespace, 'exec', 'k3v-0', '--', 'node', '-e', script);
  const run = async (tenant: Kubectl, name: string, script: string) => {
    await applyWith(tenant, folder, [restrictedPod(name, script)]);
    const terminated = '.status.containerStatuses[0].state.terminated';
    await tenant('wait', `pod/${name}`, `--for=jsonpath={${terminated}.reason}`, wait);
    return await tenant('get', 'pod', name, '-o', `jsonpath={${terminated}.message}`);
  };
  /** Ends the server without a word, and waits for the next. Returns its address before and after. */
  const killServer = async (namespace: Place) => {
    const facts = async () =>
      (await host('-n', namespace, 'get', 'pod', 'k3v-0', '-o', 'jsonpath={.metadata.uid} {.status.podIP}')).split(' ');
    const [uid, before] = await facts();
    await host('-n', namespace, 'delete', 'pod', 'k3v-0', '--grace-period=0', '--force', '--wait=false');
    await eventually(async () => expect((await facts())[0]).not.toBe(uid), patience);
    await untilUp(namespace);
    return { before, after: (await facts())[1] };
  };

  it('is user 65532, writes nothing but its volumes, and has no Go', async () => {
    const script = `
      const { execFileSync } = require('node:child_process'), { writeFileSync } = require('node:fs');
      const tell = (attempt) => { try { attempt(); return 'done'; } catch ({ code }) { return code; } };
      const written = ['/opt/k3v/x', '/x', '/tmp/x'].map((file) => tell(() => writeFileSync(file, '')));
      console.log(process.getuid(), ...written, tell(() => execFileSync('go')));`;
    expect(await inServer('kept', script)).toBe('65532 EROFS EROFS done ENOENT');
  });

  it('is reached by the address in its Secret, and by pods of the tenant by theirs', async () => {
    const tenant = await tenantOf('kept');
    await tenant('create', 'clusterrolebinding', 'reader', '--clusterrole=view', '--serviceaccount=default:default');
    await tenant('-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', wait);
    const script = 'kubectl get pods -o name; nslookup kubernetes.default.svc.cluster.local | grep -c Name';
    expect(await run(tenant, 'first', script)).toBe('pod/first\n1');
  });

  it('leaves no zombies when its children end', async () => {
    const states = `
      const { readdirSync, readFileSync } = require('node:fs');
      const found = readdirSync('/proc').filter(Number).flatMap((pid) => {
        try {
          const stat = readFileSync('/proc/' + pid + '/stat', 'latin1');
          return [{ pid: Number(pid), name: /\\((.*)\\)/.exec(stat)[1], state: stat.slice(stat.lastIndexOf(')') + 2)[0] }];
        } catch { return []; }
      });`;
    const pids = async (name: string) => {
      const script = `${states} console.log(...found.filter(({ name }) => name === '${name}').map(({ pid }) => pid))`;
      return (await inServer('kept', script)).split(' ').filter(Boolean);
    };
    // The name of a process has at most 15 letters.
    for (const child of ['kine', 'kube-controller']) {
      const [pid] = await pids(child);
      expect(pid).toBeDefined();
      await inServer('kept', `process.kill(${pid}, 'SIGKILL')`);
      await eventually(async () => {
        const [next] = await pids(child);
        expect(next).toBeDefined();
        expect(next).not.toBe(pid);
      }, patience);
    }
    await eventually(async () => {
      expect(await inServer('kept', `${states} console.log(...found.filter(({ state }) => state === 'Z'))`)).toBe('');
    }, patience);
    await tenantOf('kept');
  });

  it('is back with its data when its pod is killed, at whatever address, for the tenant and for pods', async () => {
    const tenant = await tenantOf('kept');
    await tenant('create', 'configmap', 'colours', '--from-literal=sky=blue');
    await applyWith(tenant, folder, [restrictedPod('long', 'sleep 36000')]);
    await tenant('wait', 'pod/long', '--for=condition=Ready', wait);
    const { before, after } = await killServer('kept');
    expect(after).not.toBe(before);
    const again = await tenantOf('kept');
    expect(await again('get', 'configmap', 'colours', '-o', 'jsonpath={.data.sky}')).toBe('blue');
    expect(await again('get', 'pod', 'long', '-o', 'jsonpath={.status.containerStatuses[0].restartCount}')).toBe('0');
    expect(await run(again, 'second', 'kubectl get pod long -o name')).toBe('pod/long');
    expect(await again('exec', 'long', '--', 'echo', 'heard')).toBe('heard');
  });

  it('is a new cluster when its pod is killed and it had no volume, and what the old one had goes', async () => {
    const tenant = await tenantOf('fleeting');
    await tenant('create', 'configmap', 'colours', '--from-literal=sky=blue');
    await applyWith(tenant, folder, [restrictedPod('long', 'sleep 36000')]);
    await tenant('wait', 'pod/long', '--for=condition=Ready', wait);
    const names = async () => await host('-n', 'fleeting', 'get', 'pods', '-o', 'name');
    expect(await names()).toContain('pod/long-default-');
    await killServer('fleeting');
    const again = await tenantOf('fleeting');
    await expect(again('get', 'configmap', 'colours')).rejects.toThrow('NotFound');
    await eventually(async () => expect(await names()).not.toContain('pod/long-default-'), patience);
    expect(await run(again, 'first', 'echo runs')).toBe('runs');
  });
});
