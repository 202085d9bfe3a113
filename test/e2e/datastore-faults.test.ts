import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { startControlPlane } from '../../src/control-plane/start-control-plane.ts';
import { K3vError } from '../../src/errors.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { describeOnDatastores, type TestDatastore } from '../support/describe-on-datastores.ts';
import { findProcesses } from '../support/find-process.ts';
import { plainControlPlane } from '../support/plain-control-plane.ts';

const datastorePort = 27_620;
const listenPort = 27_625;

describeOnDatastores('a control plane', (startDatastore) => {
  let folder: string;
  let datastore: TestDatastore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-datastore-faults-'));
    datastore = await startDatastore(datastorePort);
  });

  afterAll(async () => {
    await datastore?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(name: string, env: Record<string, string>): Promise<ControlPlane> {
    return await startControlPlane(
      {
        ...plainControlPlane,
        dataDir: join(folder, name),
        distro: 'kubernetes',
        datastore: readConfig({}, env).datastore,
        listenPort,
        cacheDir: cacheDir(),
      },
      new AbortController().signal,
    );
  }

  const failureOf = async (name: string, env: Record<string, string>): Promise<K3vError> => {
    const failure = await start(name, env).catch((error: unknown) => error);
    if (failure instanceof K3vError) return failure;
    throw new Error(`it did not fail as it should: ${String(failure)}`);
  };

  test('is told in one line what is wrong: password, database, CA, certificate', async () => {
    for (const { what, env, code } of datastore.faults) {
      const failure = await failureOf('first', env);
      expect([what, failure.code, failure.message]).toEqual([
        what,
        code,
        expect.stringMatching(/^the datastore [^\n]*$/),
      ]);
      expect(`${failure.message} ${failure.hint}`).not.toContain('hunter2');
    }
    expect(await findProcesses(join(folder, 'first'))).toEqual([]);
    expect(await readdir(join(folder, 'first', 'control-plane', 'run')).catch(() => [])).toEqual([]);
  });

  test('is not held to a datastore that it never came up on', async () => {
    const controlPlane = await start('first', datastore.env);
    await controlPlane.stop();
    const other = { ...datastore.env, K3V_DATASTORE_ENDPOINT: 'postgres://k3v:hunter2@127.0.0.1:1/other' };
    expect(await failureOf('first', other)).toMatchObject({ code: 'DATA_DIR_DATASTORE' });
  });

  test('is told which datastore does not answer, and why', async () => {
    await datastore.stop();
    expect(await failureOf('second', datastore.env)).toMatchObject({
      code: 'DATASTORE_UNREACHABLE',
      message: `the datastore ${datastore.shown} does not answer: connect ECONNREFUSED 127.0.0.1:${datastorePort}`,
    });
    await datastore.start();
  });
});
