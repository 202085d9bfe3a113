import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlProgram } from '../support/k3v-process.ts';
import { busybox, startVirtualCluster, type VirtualCluster, waitFlag } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 200 };
const hundredMegabytes = 100_000_000;
/** kubectl speaks WebSocket unless told to speak SPDY, as it did before 1.30. */
const protocols = [
  { protocol: 'WebSocket', env: {} },
  { protocol: 'SPDY', env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' } },
];

describeOnHosts('logs and streams', (startHost) => {
  let cluster: VirtualCluster;
  let program: string;

  beforeAll(async () => {
    program = await kubectlProgram();
    cluster = await startVirtualCluster(startHost, { port: 27743, extras: ['nodes/proxy'] });
    const pod = (name: string, containers: object[], spec: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers, ...spec },
    });
    const sleeper = (name: string, said: string) => ({
      ...busybox,
      name,
      command: ['sh', '-c', `for i in 1 2 3; do echo ${said} $i; done; sleep 36000`],
    });
    const server = { name: 'main', image: images.agnhost, imagePullPolicy: 'IfNotPresent', args: ['netexec'] };
    await cluster.apply(
      pod('box', [sleeper('main', 'line'), sleeper('side', 'aside')], {
        initContainers: [{ ...busybox, name: 'first', command: ['echo', 'prepared'] }],
      }),
      pod('crashing', [{ ...busybox, name: 'main', command: ['sh', '-c', 'echo last words; sleep 1; exit 3'] }]),
      pod('echoing', [{ ...busybox, name: 'main', stdin: true, command: ['cat'] }]),
      pod('web', [server]),
      pod('nowhere', [{ ...busybox, name: 'main' }], { nodeSelector: { 'no.such/label': 'x' } }),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'many' },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'many' } },
          template: {
            metadata: { labels: { app: 'many' } },
            spec: { terminationGracePeriodSeconds: 0, containers: [server] },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      },
    );
    await cluster.virtual('create', 'role', 'reader', '--verb=get', '--resource=pods');
    await cluster.virtual('create', 'rolebinding', 'reader', '--role=reader', '--user=eve');
    await cluster.virtual('rollout', 'status', 'deployment/many', waitFlag);
    for (const name of ['box', 'echoing', 'web']) {
      await cluster.virtual('wait', `pod/${name}`, '--for=condition=Ready', waitFlag);
    }
  });

  afterAll(async () => await cluster?.stop());

  const kubeconfig = () => ['--kubeconfig', join(cluster.folder, 'kubeconfig.yaml')];
  /** Runs kubectl to its end, whatever its exit code. */
  const kubectl = async (args: string[], options: { env?: Record<string, string>; input?: string | Buffer } = {}) => {
    const { stdout, stderr, exitCode } = await execa(program, [...kubeconfig(), ...args], {
      reject: false,
      ...options,
    });
    return { stdout, stderr, exitCode };
  };
  const start = (args: string[], env: Record<string, string> = {}): ChildProcess =>
    spawn(program, [...kubeconfig(), ...args], { env: { ...process.env, ...env } });
  const end = async (child: ChildProcess) => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };

  describe('kubectl logs', () => {
    const logs = async (...args: string[]) => (await kubectl(['logs', ...args])).stdout.split('\n');

    it('shows a container, the last lines of it, and those since a time', async () => {
      expect(await logs('box')).toEqual(['line 1', 'line 2', 'line 3']);
      expect(await logs('box', '-c', 'side', '--tail=1')).toEqual(['aside 3']);
      expect(await logs('box', '--since=1h', '--limit-bytes=6')).toEqual(['line 1']);
      expect(await logs('box', '--since-time=2099-01-01T00:00:00Z')).toEqual(['']);
      await eventually(async () => expect(await logs('box', '--since=1s')).toEqual(['']), patience);
    });

    it('shows times, all containers, init containers and selected pods', async () => {
      expect((await logs('box', '--timestamps'))[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+ line 1$/);
      const all = await logs('box', '--all-containers', '--prefix');
      expect(all).toEqual(expect.arrayContaining(['[pod/box/first] prepared', '[pod/box/side] aside 3']));
      expect(await logs('box', '-c', 'first')).toEqual(['prepared']);
      expect(await logs('-l', 'app=box', '-c', 'main')).toHaveLength(3);
    });

    it('shows what a container said before it was restarted', async () => {
      await eventually(async () => expect(await logs('crashing', '--previous')).toEqual(['last words']), patience);
    });

    it('follows until the container ends', async () => {
      const name = 'counting';
      const command = ['sh', '-c', 'for i in 1 2 3 4 5; do echo $i; sleep 0.3; done'];
      const containers = [{ ...busybox, name: 'main', command }];
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { restartPolicy: 'Never', containers },
      });
      await cluster.virtual('wait', `pod/${name}`, '--for=jsonpath={.status.containerStatuses[0].started}', waitFlag);
      expect(await logs('-f', name)).toEqual(['1', '2', '3', '4', '5']);
    });

    it.each([
      { args: ['box', '-c', 'nope'], says: /container nope is not valid for pod box/ },
      { args: ['nobody'], says: /pods "nobody" not found/ },
      { args: ['box', '--previous'], says: /previous terminated container "main" in pod "box" not found/ },
    ])('says in virtual names alone why it cannot: $args', async ({ args, says }) => {
      const { stderr, exitCode } = await kubectl(['logs', ...args]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(/team|-default-/);
    });
  });

  describe.each(protocols)('over $protocol', ({ protocol, env }) => {
    const run = async (args: string[], input?: string | Buffer) =>
      await kubectl(args, { env, ...(input === undefined ? {} : { input }) });
    const suffix = protocol.toLowerCase();

    it('exec gives output, errors, the exit code, and takes input', async () => {
      const script = 'read word; echo got $word; echo bad >&2; exit 7';
      const { stdout, stderr, exitCode } = await run(['exec', '-i', 'box', '--', 'sh', '-c', script], 'hello\n');
      expect({ stdout, exitCode }).toEqual({ stdout: 'got hello', exitCode: 7 });
      expect(stderr).toContain('bad\n');
    });

    it('exec chooses the container', async () => {
      const { stdout } = await run(['exec', 'box', '-c', 'side', '--', 'sh', '-c', 'echo in $HOSTNAME']);
      expect(stdout).toBe('in box');
    });

    it('exec passes 100 MB in and out unchanged', async () => {
      const data = randomBytes(hundredMegabytes);
      const sent = createHash('sha256').update(data).digest('hex');
      const store = await run(['exec', '-i', 'box', '--', 'sh', '-c', 'cat > /tmp/big; sha256sum < /tmp/big'], data);
      expect(store.stdout).toContain(sent);
      const child = start(['exec', 'box', '--', 'cat', '/tmp/big'], env);
      expect(child.stdout && (await digest(child.stdout))).toEqual({ bytes: hundredMegabytes, sha256: sent });
    });

    it('exec -it has a terminal of the right size, and follows its changes', async () => {
      // The first size comes a moment after the process has begun, as with a real kubelet.
      const until = (size: string) =>
        `until stty size 2>/dev/null | grep -q "${size}"; do sleep 0.1; done; echo is ${size}`;
      // Of what a process says in its last moment an API server may lose some to WebSocket clients.
      const inside = `${until('30 90')}; ${until('40 100')}; sleep 1`;
      const exec = `${[program, ...kubeconfig()].join(' ')} exec -it box -- sh -c '${inside}'`;
      const outside = `stty rows 30 cols 90; (sleep 2; stty rows 40 cols 100 < /dev/tty) & ${exec}`;
      const { stdout } = await execa('script', ['-qec', outside, '/dev/null'], { env, stdin: 'ignore', reject: false });
      expect(stdout.replaceAll('\r', '')).toMatch(/is 30 90\s+\0*is 40 100/);
    });

    it('attach reaches the input and output of the process itself', async () => {
      const child = start(['attach', '-i', 'echoing'], env);
      const output = collect(child.stdout);
      await eventually(async () => {
        child.stdin?.write(`ping ${suffix}\n`);
        expect(output()).toContain(`ping ${suffix}`);
      }, patience);
      await end(child);
      expect((await run(['get', 'pod', 'echoing', '-o', 'jsonpath={.status.phase}'])).stdout).toBe('Running');
    });

    it('cp copies a tree both ways', async () => {
      const tree = join(cluster.folder, `tree-${suffix}`);
      await mkdir(join(tree, 'deep'), { recursive: true });
      await writeFile(join(tree, 'deep', 'file'), 'leaf');
      expect((await run(['cp', tree, `box:/tmp/${suffix}`])).exitCode).toBe(0);
      expect((await run(['cp', `box:/tmp/${suffix}`, `${tree}-back`])).exitCode).toBe(0);
      expect(await readFile(join(`${tree}-back`, 'deep', 'file'), 'utf8')).toBe('leaf');
    });

    it.each(['pod/web', 'service/web', 'deployment/many'])(
      'port-forward serves many connections at once to %s',
      async (target) => {
        const port = target.startsWith('service') ? ':80' : ':8080';
        const child = start(['port-forward', target, port], env);
        const output = collect(child.stdout);
        const local = await eventually(() => /127\.0\.0\.1:(\d+)/.exec(output())?.[1] ?? missing(), patience);
        const asked = Array.from({ length: 50 }, async (_, index) => {
          const answer = await fetch(`http://127.0.0.1:${local}/echo?msg=${index}`);
          return await answer.text();
        });
        expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
        await end(child);
      },
    );

    it('says why it cannot exec, as to a client of any cluster', async () => {
      const attempts = [
        { args: ['box', '-c', 'nope'], says: 'container nope is not valid for pod box' },
        { args: ['nobody'], says: 'pods "nobody" not found' },
        { args: ['nowhere'], says: 'pod nowhere does not have a host assigned' },
        { args: ['counting'], says: 'cannot exec into a container in a completed pod; current phase is Succeeded' },
      ];
      for (const { args, says } of attempts) {
        const { stderr, exitCode } = await run(['exec', ...args, '--', 'true']);
        expect({ args, exitCode }).toEqual({ args, exitCode: 1 });
        expect(stderr.toLowerCase()).toContain(says.toLowerCase());
        expect(stderr).not.toMatch(/team|-default-/);
      }
    });

    it('leaves a user without the right to the refusal of the API server', async () => {
      const attempts = [
        { args: ['logs', 'box'], right: 'get resource "pods/log"' },
        { args: ['exec', 'box', '--', 'true'], right: '(create|get) resource "pods/exec"' },
        { args: ['attach', 'box'], right: '(create|get) resource "pods/attach"' },
        { args: ['port-forward', 'box', ':8080'], right: '(create|get) resource "pods/portforward"' },
      ];
      for (const { args, right } of attempts) {
        const { stderr, exitCode } = await run(['--as=eve', ...args]);
        expect({ args, exitCode }).toEqual({ args, exitCode: 1 });
        expect(stderr).toMatch(new RegExp(`pods "box" is forbidden: User "eve" cannot ${right}`));
      }
    });
  });

  it('a client of SPDY that reads slowly gets all that the command said, though it pings meanwhile', async () => {
    const bytes = 6_000_000;
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' };
    const child = start(['exec', 'box', '--', 'sh', '-c', `head -c ${bytes} /dev/zero; touch /tmp/all-is-said`], env);
    await eventually(
      async () => expect((await kubectl(['exec', 'box', '--', 'ls', '/tmp/all-is-said'])).exitCode).toBe(0),
      patience,
    );
    // By now all of it waits in buffers on the way. kubectl pings every 5 s.
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    expect(child.stdout && (await digest(child.stdout))).toMatchObject({ bytes });
  });

  it("nodes/proxy shows what is this cluster's of a kubelet, in its names, and nothing else", async () => {
    const nodeName = await cluster.virtual('get', 'pod', 'box', '-o', 'jsonpath={.spec.nodeName}');
    const read = async (path: string) =>
      await cluster.virtual('get', '--raw', `/api/v1/nodes/${nodeName}/proxy/${path}`);
    expect(await read('healthz')).toBe('ok');
    expect(await read('containerLogs/default/box/side?tailLines=1')).toBe('aside 3');
    const ownNames = async (path: string, pattern: RegExp) =>
      await eventually(async () => {
        const answer = await read(path);
        expect(answer).toMatch(pattern);
        expect(answer).not.toMatch(/"team"|box-default-|kube-proxy|coredns/);
      }, patience);
    await ownNames('pods', /"name":"box","namespace":"default"/);
    await ownNames('stats/summary', /"podRef":\{"name":"box","namespace":"default"/);
    await ownNames('metrics/resource', /pod_memory_working_set_bytes\{namespace="default",pod="box"\} [1-9]/);
    await ownNames(
      'metrics/cadvisor',
      /container_cpu_usage_seconds_total\{container="main",.*namespace="default",pod="box"\}/,
    );
    for (const path of ['configz', 'logs/', 'runningpods/', 'debug/pprof/', 'run/default/box/main?cmd=id', 'flagz']) {
      await expect(read(path)).rejects.toThrow('belongs to the host cluster');
    }
    const hostPod = cluster.translator.hostName('Pod', 'default', 'box');
    await expect(read(`containerLogs/team/${hostPod}/side`)).rejects.toThrow('(NotFound)');
  });

  it('debug adds an ephemeral container, in which exec and logs work', async () => {
    const debug = [
      'debug',
      'box',
      `--image=${busybox.image}`,
      '--container=probe',
      '--target=main',
      '--profile=baseline',
    ];
    await cluster.virtual(...debug, '--', 'sh', '-c', 'echo looking around; sleep 35999');
    await eventually(
      async () => expect((await kubectl(['logs', 'box', '-c', 'probe'])).stdout).toBe('looking around'),
      patience,
    );
    const { stdout } = await kubectl(['exec', 'box', '-c', 'probe', '--', 'cat', '/proc/1/cmdline']);
    expect(stdout).toContain('36000');
    const state = 'jsonpath={.status.ephemeralContainerStatuses[0].state.running.startedAt}';
    expect(await cluster.virtual('get', 'pod', 'box', '-o', state)).toMatch(/^\d{4}-/);
  });

  it('closes both ends of a stream whose client or pod goes away, with no handle left', async () => {
    const { pid } = cluster.k3v();
    const handles = async () => (await readdir(`/proc/${pid}/fd`)).length;
    await kubectl(['exec', 'box', '--', 'true']);
    const before = await handles();
    // Connections that are kept for the next request come and go; a stream that leaves something behind leaves it twenty times.
    const allButSome = before + 10;
    const children = Array.from({ length: 10 }, () => start(['exec', 'box', '--', 'sleep', '36000']));
    children.push(...Array.from({ length: 10 }, () => start(['logs', '-f', 'box'])));
    await eventually(async () => expect(await handles()).toBeGreaterThan(before + 20), patience);
    await Promise.all(children.map(end));
    await eventually(async () => expect(await handles()).toBeLessThanOrEqual(allButSome), patience);

    const following = start(['logs', '-f', 'web']);
    const ended = once(following, 'exit');
    const said = collect(following.stdout);
    await eventually(() => expect(said()).toContain('Started HTTP server'), patience);
    await cluster.virtual('delete', 'pod', 'web', '--now');
    await ended;
    await eventually(async () => expect(await handles()).toBeLessThanOrEqual(allButSome), patience);
  });
});

async function digest(stream: Readable): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Returns a function that gives what the stream has said so far. */
function collect(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

function missing(): never {
  throw new Error('not there yet');
}
