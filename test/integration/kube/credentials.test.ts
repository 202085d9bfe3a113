import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientFromKubeConfig } from '../../../src/kube/client-from-kubeconfig.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { resources } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';
import { loadKubeconfig } from '../../../src/host/load-kubeconfig.ts';

describe('credentials', () => {
  let server: FakeApiServer;
  let client: KubeClient | undefined;
  let folder: string;
  let valid = 'first';

  beforeEach(async () => {
    valid = 'first';
    folder = await mkdtemp(join(tmpdir(), 'k3v-credentials-'));
    const authorize = ({ authorization }: IncomingHttpHeaders) =>
      authorization === `Bearer ${valid}` ? undefined : 401;
    server = await startFakeApiServer({ authorize });
  });
  afterEach(async () => {
    client?.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const textWith = (user: object, url = server.url) =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  function configWith(user: object): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(textWith(user));
    return config;
  }

  it('come from a token', async () => {
    client = clientFromKubeConfig(configWith({ token: 'first' }));
    expect((await client.list(resources.pods)).items).toEqual([]);
  });

  it('that are wrong end in a 401 after one try', async () => {
    client = clientFromKubeConfig(configWith({ token: 'wrong' }));
    const error = await client.list(resources.pods).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ code: 401 });
    expect(server.requests).toHaveLength(1);
  });

  it('in an exec plugin are asked for once by many requests, and anew as soon as they are refused', async () => {
    const answer = join(folder, 'answer.json');
    const tokenIs = async (token: string) =>
      await writeFile(
        answer,
        JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }),
      );
    const runs = join(folder, 'runs');
    await tokenIs('first');
    const script = `echo run >> ${runs}; cat ${answer}`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      interactiveMode: 'Never',
    };
    client = clientFromKubeConfig(configWith({ exec }));
    const listing = client;
    await Promise.all(Array.from({ length: 10 }, async () => await listing.list(resources.pods)));
    expect(await readFile(runs, 'utf8')).toBe('run\n');
    valid = 'second';
    await tokenIs('second');
    await client.list(resources.pods);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer second');
    expect(await readFile(runs, 'utf8')).toBe('run\nrun\n');
  });

  it('in an exec plugin are asked for once by many requests that are refused together', async () => {
    const runs = join(folder, 'runs');
    const answer = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'never accepted' },
    });
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', `echo run >> ${runs}; sleep 0.5; echo '${answer}'`],
      interactiveMode: 'Never',
    };
    client = clientFromKubeConfig(configWith({ exec }));
    const listing = client;
    const refused = await Promise.allSettled(
      Array.from({ length: 20 }, async () => await listing.list(resources.pods)),
    );
    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'rejected'));
    expect((await readFile(runs, 'utf8')).split('\n').filter(Boolean)).toHaveLength(2);
  });

  it('in the kubeconfig itself are read again as soon as they are refused, also after it could not be read', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, textWith({ token: 'first' }));
    const found = loadKubeconfig({ kubeconfig, context: undefined, env: {} });
    if (!found) throw new Error('no kubeconfig');
    client = clientFromKubeConfig(found.config, { latest: found.latest });
    await client.list(resources.pods);
    valid = 'second';
    await writeFile(kubeconfig, '{');
    await expect(client.list(resources.pods)).rejects.toMatchObject({ code: 401 });
    await writeFile(kubeconfig, textWith({ token: 'second' }));
    await client.list(resources.pods);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer second');
  });

  it('for another server are not given to this one', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, textWith({ token: 'first' }));
    const found = loadKubeconfig({ kubeconfig, context: undefined, env: {} });
    if (!found) throw new Error('no kubeconfig');
    client = clientFromKubeConfig(found.config, { latest: found.latest });
    valid = 'second';
    await writeFile(kubeconfig, textWith({ token: 'of another' }, 'https://127.0.0.1:1'));
    await expect(client.list(resources.pods)).rejects.toMatchObject({ code: 401 });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first']);
  });

  it('in a token file are read again as soon as they are refused, without their line break', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'first\n');
    client = clientFromKubeConfig(configWith({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }));
    await client.list(resources.pods);
    valid = 'second';
    await writeFile(tokenFile, 'second\n');
    await client.list(resources.pods);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer first',
      'Bearer second',
    ]);
  });

  it('that cannot be had are a ConnectionError with the reason, and are tried again', async () => {
    let fails = true;
    client = clientOf(server.url, async () => {
      if (fails) throw new Error('the plugin is not installed');
      return { tls: {}, headers: { authorization: 'Bearer first' } };
    });
    const error = await client.list(resources.pods).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain('no credentials: the plugin is not installed');
    fails = false;
    expect((await client.list(resources.pods)).items).toEqual([]);
  });

  it('that change in their TLS part open new connections, close the idle ones and let watches go on', async () => {
    let servername = 'a';
    client = clientOf(server.url, async () => ({ tls: { servername }, headers: { authorization: 'Bearer first' } }));
    const ending = new AbortController();
    const seen: string[] = [];
    const query = { resourceVersion: String(server.store.revision), timeoutSeconds: 60, signal: ending.signal };
    const watch = client.watch(resources.configMaps, query);
    const watching = (async () => {
      for await (const { object } of watch) seen.push(object.metadata.name);
    })().catch(() => undefined);
    await eventually(() => expect(server.watching()).toBe(1));
    await client.list(resources.pods);
    expect(server.connections()).toBe(2);
    servername = 'b';
    await client.list(resources.pods);
    await eventually(() => expect(server.connections()).toBe(2));
    server.store.put(resources.configMaps, { metadata: { name: 'a', namespace: 'n' } });
    await eventually(() => expect(seen).toEqual(['a']));
    client.close();
    await watching;
    await eventually(() => expect(server.connections()).toBe(0));
    ending.abort();
  });
});
