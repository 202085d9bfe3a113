import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTranslator, type Translator } from '../../src/translate/translator.ts';
import { images } from '../host/images.ts';
import type { TestHost } from '../host/test-host.ts';
import { applyWith } from './apply.ts';
import { applyHostRole } from './host-role.ts';
import { type K3vProcess, kubectlFor, startK3v } from './k3v-process.ts';

export type Kubectl = (...args: string[]) => Promise<string>;

/** A container of busybox, but for its name. */
export const busybox = { image: images.busybox, imagePullPolicy: 'IfNotPresent' };
/** For kubectl: long enough for any pod to start. */
export const waitFlag = '--timeout=120s';
const hostNamespace = 'team';

/** k3v with the id `default` in the namespace `team` of a host with real pods. It has there what `k3v host-role` gives. */
export interface VirtualCluster {
  /** Holds all that k3v writes, and is its working directory. */
  folder: string;
  testHost: TestHost;
  translator: Translator;
  /** The process; another one after `restart`. */
  k3v: () => K3vProcess;
  virtual: Kubectl;
  /** In the host namespace. */
  host: Kubectl;
  /** Ends k3v with `signal` and starts it again. Returns the exit code. */
  restart: (signal: 'SIGINT' | 'SIGKILL', between?: () => Promise<void>) => Promise<number | null>;
  apply: (...items: object[]) => Promise<string>;
  /** Runs a shell script in a pod to its end and returns what it said, at most 4 KiB. */
  runInPod: (name: string, script: string, spec?: object, container?: object) => Promise<string>;
  /** Names (`kind/name`) of this cluster's objects on the host. */
  namesOnHost: (kinds: string) => Promise<string[]>;
  stop: () => Promise<void>;
}

/**
 * Starts a host and a virtual cluster on it; by default without cluster DNS, so that all its pods are the test's. `extras` are what k3v may do on the host beside what
 * it needs; default: nothing. `program` is the script that starts k3v; default: that of the source tree.
 */
export async function startVirtualCluster(
  startHost: () => Promise<TestHost>,
  {
    port,
    flags = ['--disable', 'coredns'],
    extras = [],
    program,
  }: { port: number; flags?: string[]; extras?: string[]; program?: string },
): Promise<VirtualCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-real-'));
  const testHost = await startHost();
  const onHost = await kubectlFor(testHost.kubeconfig);
  const host: Kubectl = async (...args) => await onHost('-n', hostNamespace, ...args);
  const args = ['--namespace', hostNamespace, '--listen-port', String(port), ...flags];
  let k3v: K3vProcess | undefined;
  const start = async () => (k3v = await startK3v(folder, args, { program }));
  const stop = async () => {
    await k3v?.end('SIGTERM');
    await testHost.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await onHost('create', 'namespace', hostNamespace);
    const role = { hostKubeconfig: testHost.kubeconfig, namespace: hostNamespace, folder, extras };
    args.push('--kubeconfig', (await applyHostRole(role)).kubeconfig);
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  const virtual = await kubectlFor(join(folder, 'kubeconfig.yaml'));
  const apply = async (...items: object[]) => await applyWith(virtual, folder, items);
  return {
    folder,
    testHost,
    translator: createTranslator({ id: 'default', hostNamespace }),
    k3v: () => k3v ?? missing(),
    virtual,
    host,
    restart: async (signal, between = async () => undefined) => {
      const code = await (k3v ?? missing()).end(signal);
      await between();
      await start();
      return code;
    },
    apply,
    runInPod: async (name, script, spec = {}, container = {}) => {
      const command = ['sh', '-c', `(${script}) > /dev/termination-log 2>&1`];
      const containers = [{ name: 'main', command, ...busybox, ...container }];
      const podSpec = { containers, restartPolicy: 'Never', terminationGracePeriodSeconds: 0, ...spec };
      await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec });
      try {
        const terminated = '.status.containerStatuses[0].state.terminated';
        await virtual('wait', `pod/${name}`, `--for=jsonpath={${terminated}.reason}`, waitFlag);
        return await virtual('get', 'pod', name, '-o', `jsonpath={${terminated}.message}`);
      } catch (error) {
        throw new Error(`${await virtual('describe', 'pod', name)}\n${await host('get', 'events')}`, { cause: error });
      } finally {
        await virtual('delete', 'pod', name);
      }
    },
    namesOnHost: async (kinds) =>
      (await host('get', kinds, '-l', 'k3v.io/cluster=default', '-o', 'name')).split('\n').filter(Boolean),
    stop,
  };
}

function missing(): never {
  throw new Error('k3v does not run');
}
