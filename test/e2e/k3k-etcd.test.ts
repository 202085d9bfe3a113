import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StatefulSet } from '../../src/kube/types.ts';
import { etcdKeys } from '../../src/k3k/etcd-keys.ts';
import { etcdMembers } from '../../src/k3k/etcd-members.ts';
import { etcdObjects } from '../../src/k3k/objects/etcd.ts';
import { textIn } from '../../src/k3k/secret-texts.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { buildEtcd } from '../host/conformance-programs.ts';
import { contextOf } from '../support/cluster-context.ts';
import { eventually } from '../support/eventually.ts';
import { type ScratchServer, scratchServer } from '../support/scratch-server.ts';

/** In place of those that every pod has for itself. */
const ports = { 2379: 27_910, 2380: 27_911, 2381: 27_912 };
const addressOf = (index: number) => `127.0.0.${index + 2}`;
const patience = { timeoutMs: 60_000, everyMs: 100 };
const context = contextOf({ servers: 3 });
const members = etcdMembers(context);
const base64 = (text: string) => Buffer.from(text).toString('base64');

let folder: string;
let servers: ScratchServer[];
const keyFile = (name: string) => join(folder, 'keys', name);
const texts = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3k-etcd-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const etcd = await buildEtcd(environment, new AbortController().signal);
  const keys = await etcdKeys(context);
  const set = etcdObjects(context).find(({ kind }) => kind === 'StatefulSet') as StatefulSet;
  const pod = set.spec?.template.spec;
  // As the kubelet lays them down: what the volume of the pod names.
  await mkdir(join(folder, 'keys'));
  for (const { key, path } of pod?.volumes?.[0]?.secret?.items ?? []) {
    await writeFile(keyFile(path), textIn(keys, key) ?? '', { mode: 0o600 });
  }
  for (const name of ['ca.crt', 'client.crt', 'client.key']) texts.set(name, textIn(keys, name) ?? '');
  const hosts = join(folder, 'hosts');
  await writeFile(hosts, members.map(({ host }, index) => `${addressOf(index)} ${host}\n`).join(''));
  servers = members.map(({ name }, index) => {
    const args = (pod?.containers[0]?.args ?? []).map((arg) =>
      Object.entries(ports)
        .reduce((text, [from, to]) => text.replaceAll(`:${from}`, `:${to}`), arg)
        .replaceAll('$(POD_NAME)', name)
        .replaceAll('0.0.0.0', addressOf(index))
        .replaceAll('/etc/etcd/pki', join(folder, 'keys'))
        .replaceAll('/data/', `${folder}/${name}/`),
    );
    return scratchServer({
      command: 'unshare',
      // The names of the pods, for this process alone.
      args: ['--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts, etcd, ...args],
      answers: async () => {
        const answer = await fetch(`http://${addressOf(index)}:${ports[2381]}/readyz`);
        if (!answer.ok) throw new Error(await answer.text());
      },
    });
  });
  await Promise.all(members.map(async ({ name }) => await mkdir(join(folder, name))));
  // One alone has no majority and is not ready.
  await Promise.all(servers.map(async (server) => await server.start()));
});

afterAll(async () => {
  await Promise.all((servers ?? []).map(async (server) => await server.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** Asks a member by its name, over JSON, as the client that servers are. */
async function ask(
  index: number,
  path: string,
  body: object,
  withCertificate = true,
): Promise<Record<string, unknown>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
  const identity = withCertificate ? { cert: texts.get('client.crt'), key: texts.get('client.key') } : {};
  const asked = request(
    {
      host: addressOf(index),
      servername: members[index]?.host,
      port: ports[2379],
      path,
      method: 'POST',
      agent: false,
      ca: texts.get('ca.crt'),
      ...identity,
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve(JSON.parse(text)));
      response.on('error', reject);
    },
  );
  asked.on('error', reject);
  asked.end(JSON.stringify(body));
  return await promise;
}
const put = async (index: number, value: string) =>
  await ask(index, '/v3/kv/put', { key: base64('colour'), value: base64(value) });
const get = async (index: number) => JSON.stringify(await ask(index, '/v3/kv/range', { key: base64('colour') }));

it('three members with the arguments of the StatefulSet become one database, and take a write anywhere', async () => {
  await put(0, 'red');
  for (const index of [1, 2]) expect(await get(index)).toContain(base64('red'));
  const list = JSON.stringify(await ask(0, '/v3/cluster/member/list', {}));
  for (const { name, host } of members) {
    expect(list).toContain(`"name":"${name}"`);
    expect(list).toContain(`https://${host}:${ports[2380]}`);
  }
});

it('who has no certificate is refused', async () => {
  await expect(ask(0, '/v3/kv/range', { key: base64('colour') }, false)).rejects.toThrow(
    /certificate required|socket hang up|ECONNRESET/,
  );
});

it('without one member it goes on, and that one catches up when it is back', async () => {
  await servers[2]?.stop();
  await put(0, 'blue');
  expect(await get(1)).toContain(base64('blue'));
  await servers[2]?.start();
  await eventually(async () => expect(await get(2)).toContain(base64('blue')), patience);
});

it('after all members were lost at once it comes back with its data', async () => {
  await Promise.all(servers.map(async (server) => await server.stop()));
  await Promise.all(servers.map(async (server) => await server.start()));
  expect(await get(0)).toContain(base64('blue'));
});
