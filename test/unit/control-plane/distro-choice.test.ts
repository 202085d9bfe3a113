import { describe, expect, it } from 'vitest';
import type { ControlPlaneOptions, DistroName } from '../../../src/control-plane/control-plane.ts';
import { chooseDistro, prepareFirst } from '../../../src/control-plane/distro-choice.ts';
import type { Distro } from '../../../src/control-plane/distro.ts';
import { type ErrorCode, K3vError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { silentProgress } from '../../../src/progress.ts';

const dataDir = '/data';

describe('the choice of a distro', () => {
  it.each<[DistroName | 'auto', string | undefined, DistroName | undefined, DistroName[]]>([
    ['auto', undefined, undefined, ['k3s', 'kubernetes']],
    ['auto', undefined, 'k3s', ['k3s']],
    ['auto', undefined, 'kubernetes', ['kubernetes']],
    ['auto', '/opt/k3s', undefined, ['k3s']],
    ['auto', '/opt/k3s', 'k3s', ['k3s']],
    ['k3s', undefined, undefined, ['k3s']],
    ['k3s', undefined, 'k3s', ['k3s']],
    ['kubernetes', undefined, undefined, ['kubernetes']],
    ['kubernetes', '/opt/k3s', 'kubernetes', ['kubernetes']],
  ])('asked %s, binary %s, recorded %s: tries %j', (asked, k3sBinary, recorded, candidates) => {
    expect(chooseDistro({ asked, k3sBinary, recorded, dataDir }).candidates).toEqual(candidates);
  });

  it.each<[DistroName, DistroName[]]>([
    ['kubernetes', ['kubernetes', 'k3s']],
    ['k3s', ['k3s', 'kubernetes']],
  ])('tries %s first where the packaged k3v carries it', (bundled, candidates) => {
    const question = { k3sBinary: undefined, recorded: undefined, bundled, dataDir };
    expect(chooseDistro({ ...question, asked: 'auto' }).candidates).toEqual(candidates);
    expect(chooseDistro({ ...question, asked: 'k3s' }).candidates).toEqual(['k3s']);
  });

  it.each<[DistroName | 'auto', string | undefined, DistroName, string]>([
    ['k3s', undefined, 'kubernetes', '--distro k3s'],
    ['kubernetes', undefined, 'k3s', '--distro kubernetes'],
    ['auto', '/opt/k3s', 'kubernetes', '--k3s-binary'],
  ])('asked %s, binary %s, made with %s: refuses and names %s', (asked, k3sBinary, recorded, flag) => {
    const choose = () => chooseDistro({ asked, k3sBinary, recorded, dataDir });
    expect(choose).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_DISTRO', message: expect.stringContaining(flag) }),
    );
  });

  it('takes a version of Kubernetes for the wish to have the kubernetes distro, and refuses it with k3s', () => {
    const question = {
      asked: 'auto' as const,
      k3sBinary: undefined,
      kubernetesVersion: '1.34',
      recorded: undefined,
      dataDir,
    };
    expect(chooseDistro(question)).toEqual({ candidates: ['kubernetes'], why: '--kubernetes-version is given' });
    expect(() => chooseDistro({ ...question, recorded: 'k3s' })).toThrow(
      expect.objectContaining({ code: 'DATA_DIR_DISTRO', message: expect.stringContaining('--kubernetes-version') }),
    );
    for (const given of [{ asked: 'k3s' as const }, { k3sBinary: '/opt/k3s' }]) {
      expect(() => chooseDistro({ ...question, ...given })).toThrow(expect.objectContaining({ code: 'FLAG_INVALID' }));
    }
  });
});

describe('preparing the candidates', () => {
  const tried: DistroName[] = [];
  const working = (name: DistroName): Distro => ({
    name,
    prepare() {
      tried.push(name);
      return Promise.resolve({
        version: 'v1',
        source: 'test',
        start: () => Promise.reject(new Error('not started here')),
      });
    },
  });
  const failing = (name: DistroName, error: Error): Distro => ({
    name,
    prepare() {
      tried.push(name);
      return Promise.reject(error);
    },
  });
  const prepare = (k3s: Distro, kubernetes: Distro, candidates: DistroName[] = ['k3s', 'kubernetes']) => {
    tried.length = 0;
    const options = { log: silentLog, progress: silentProgress } as ControlPlaneOptions;
    return prepareFirst({ candidates, why: 'test' }, { k3s, kubernetes }, options, new AbortController().signal);
  };
  const missing = (code: ErrorCode) => new K3vError(code, `no luck: ${code}`);

  it('takes the first and leaves the others alone', async () => {
    expect((await prepare(working('k3s'), working('kubernetes'))).distro.name).toBe('k3s');
    expect(tried).toEqual(['k3s']);
  });

  it.each<ErrorCode>(['DISTRO_UNAVAILABLE', 'DOWNLOAD_FAILED', 'BUILD_TOOL_MISSING'])(
    'goes on after %s',
    async (code) => {
      expect((await prepare(failing('k3s', missing(code)), working('kubernetes'))).distro.name).toBe('kubernetes');
    },
  );

  it.each<ErrorCode>(['CHECKSUM_MISMATCH', 'DISK_FULL', 'BUILD_FAILED'])('does not go on after %s', async (code) => {
    await expect(prepare(failing('k3s', missing(code)), working('kubernetes'))).rejects.toMatchObject({ code });
    expect(tried).toEqual(['k3s']);
  });

  it('lets a bug through as it is', async () => {
    await expect(prepare(failing('k3s', new TypeError('bug')), working('kubernetes'))).rejects.toThrow(TypeError);
  });

  it('tells every reason when none can be had', async () => {
    const both = prepare(
      failing('k3s', missing('DOWNLOAD_FAILED')),
      failing('kubernetes', missing('BUILD_TOOL_MISSING')),
    );
    await expect(both).rejects.toMatchObject({
      code: 'DISTRO_UNAVAILABLE',
      message: expect.stringMatching(/k3s: no luck: DOWNLOAD_FAILED\nkubernetes: no luck: BUILD_TOOL_MISSING/),
    });
  });

  it('keeps the error of the only candidate', async () => {
    const only = prepare(failing('k3s', missing('DOWNLOAD_FAILED')), working('kubernetes'), ['k3s']);
    await expect(only).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });
});
