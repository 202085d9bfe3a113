import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from './cache-dir.ts';
import { makeTestImages } from './images.ts';
import { buildHostModule } from './programs.ts';
import type { TestHost } from './test-host.ts';

const clusterName = 'k3v-test';

/** Returns why no kind cluster can run here, undefined if one can. */
export async function kindHostUnavailable(): Promise<string | undefined> {
  const docker = await execa('docker', ['info'], { reject: false, stdin: 'ignore' });
  if (docker.failed) return 'no Docker engine answers';
  const busybox = await execa('sh', ['-c', 'command -v busybox'], { reject: false, stdin: 'ignore' });
  return busybox.failed ? 'test images need a static busybox' : undefined;
}

/** Starts a kind cluster of one node in Docker, with the test images in it; one that an earlier run left behind is removed. */
export async function startKindHost(): Promise<TestHost> {
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const { signal } = new AbortController();
  const inKind = await buildHostModule('kind', environment, signal);
  const kind = async (...args: string[]) => await execa(inKind('kind'), [...args, '--name', clusterName]);
  const state = join(cacheDir(), 'kind-host');
  const kubeconfig = join(state, 'kubeconfig.yaml');
  const stop = async () => void (await kind('delete', 'cluster', '--kubeconfig', kubeconfig));
  await mkdir(state, { recursive: true });
  await stop();
  try {
    await kind('create', 'cluster', '--kubeconfig', kubeconfig, '--wait', '180s');
    const kubernetes = await buildKubernetesPrograms(['agnhost', 'kubectl'], environment, signal);
    const programs = {
      agnhost: join(kubernetes, 'agnhost'),
      kubectl: join(kubernetes, 'kubectl'),
      'metrics-server': (await buildHostModule('metrics-server', environment, signal))('metrics-server'),
      operator: (await buildHostModule('operator', environment, signal))('operator'),
    };
    for (const archive of await makeTestImages(programs, join(state, 'images'))) {
      await kind('load', 'image-archive', archive);
    }
    return { kubeconfig, machineAddress: await dockerGateway(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** This machine's IPv4 address on the network that kind's nodes are on. */
async function dockerGateway(): Promise<string> {
  const format = '{{range .IPAM.Config}}{{.Gateway}} {{end}}';
  const { stdout } = await execa('docker', ['network', 'inspect', 'kind', '--format', format]);
  const address = stdout.split(' ').find((each) => /^\d+(\.\d+){3}$/.test(each));
  if (address === undefined) throw new Error(`the Docker network 'kind' has no IPv4 gateway: '${stdout}'`);
  return address;
}
